import fc from 'fast-check';

/** The number of runs of each property: `FUZZ_RUNS=100000 npx jest tests/fuzz` runs longer. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
/** The same each time, so that failures are reproducible; `FUZZ_SEED` sets another. */
export const SEED = Number(process.env.FUZZ_SEED ?? 20_240_117);

/** Applies this to all properties of a file; a slow one only gets a part of the runs. */
export const runs = (part = 1): fc.Parameters<unknown> => ({
  seed: SEED,
  numRuns: Math.max(1, Math.ceil(RUNS * part)),
});

/** Text as an attacker would choose it: any characters, special characters, and long. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      ...'./\\:;?#@&=%"\'<>[]{}()$^*+-_~|`, \t\r\n\0aA0é\u202e\ud800'.split(''),
    ),
    maxLength: 80,
  }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined'),
  fc
    .tuple(
      fc.constantFrom('a', '.', '@.', '=;', '%', '../', '\0', '🦊', '[', '{"a":'),
      fc.nat(9_000),
    )
    .map(([part, times]) => part.repeat(times)),
);

/** Any value that JSON or a query parser can return. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
  fc.constantFrom(undefined, null, true, false, 0, -1, 2 ** 53, 1e308, [], {}, ['x'], ''),
);

import fc from 'fast-check';
import { type AttributeSchema, coerceClaim } from '../../server/accounts/attributes';
import { cleanUsername, findFreeUsername, preferredUsername } from '../../server/accounts/username';

const fitted = (type: string, claim: unknown, limits: Partial<AttributeSchema> = {}) =>
  coerceClaim(claim, { type, ...limits });

// Rest parameters, because Jest passes `done` to a parameter that a row does not fill.
describe('a valid claim', () => {
  test.each<[string, unknown, unknown, Partial<AttributeSchema>?]>([
    ['string', 'Ann', 'Ann'],
    ['string', '', ''],
    ['string', 'ab', 'ab', { regex: '^[a-z]+$' }],
    ['text', 'x'.repeat(1000), 'x'.repeat(1000)],
    ['integer', 7, 7],
    ['integer', '-7', -7],
    ['integer', '5', 5, { min: 5, max: 5 }],
    ['biginteger', '9007199254740993', '9007199254740993'],
    ['biginteger', 12, '12'],
    ['float', '1.5', 1.5],
    ['decimal', 2, 2],
    ['boolean', true, true],
    ['boolean', 'false', false],
    ['date', '2024-02-29', '2024-02-29'],
    ['datetime', '2024-02-29T12:00:00+01:00', '2024-02-29T11:00:00.000Z'],
    ['datetime', 1700000000, '2023-11-14T22:13:20.000Z'],
    ['time', '23:59', '23:59:00.000'],
    ['time', '01:02:03.004', '01:02:03.004'],
    ['enumeration', 'gold', 'gold', { enum: ['silver', 'gold'] }],
  ])('%s takes %p as %p', (...row) => {
    const [type, claim, value, limits] = row;
    expect(fitted(type, claim, limits)).toEqual({ value });
  });
});

describe('an invalid claim', () => {
  test.each<[string, unknown, Partial<AttributeSchema>?]>([
    ['string', 7],
    ['string', ['Ann']],
    ['string', 'a\0b'],
    ['string', 'x'.repeat(256)],
    ['string', 'ab', { minLength: 3 }],
    ['string', 'abcd', { maxLength: 3 }],
    ['string', 'AB', { regex: '^[a-z]+$' }],
    ['integer', '1.5'],
    ['integer', '1e3'],
    ['integer', ''],
    ['integer', '0x10'],
    ['integer', true],
    ['integer', 2 ** 31],
    ['integer', '4', { min: 5 }],
    ['integer', '6', { max: 5 }],
    ['biginteger', '9223372036854775808'],
    ['biginteger', 2 ** 60],
    ['biginteger', '1.0'],
    ['float', 'NaN'],
    ['float', Infinity],
    ['boolean', 'yes'],
    ['boolean', 1],
    ['decimal', 'twelve'],
    ['date', '2023-02-29'],
    ['date', '29.02.2024'],
    ['date', '2024-02-29T00:00:00Z'],
    ['datetime', 'yesterday'],
    ['datetime', 1e20],
    ['time', '24:00'],
    ['enumeration', 'bronze', { enum: ['silver', 'gold'] }],
    ['enumeration', 'toString', {}],
    ['relation', 1],
    ['password', 'hunter2'],
    ['toString', 'x'],
  ])('%s does not accept %p', (...row) => {
    const [type, claim, limits] = row;
    expect(fitted(type, claim, limits)).toHaveProperty('problem', expect.any(String));
  });
});

const TYPES = [
  'string',
  'text',
  'integer',
  'biginteger',
  'float',
  'boolean',
  'date',
  'datetime',
  'time',
  'enumeration',
  'relation',
];

test('any claim becomes a value of the field’s type, or is invalid', () => {
  const schema = fc.record({ type: fc.constantFrom(...TYPES), enum: fc.constant(['a', 'b']) });
  const claim = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary' }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.bigInt().map(String),
  );
  const isRight: Record<string, (value: unknown) => boolean> = {
    string: (value) => typeof value === 'string' && value.length <= 255 && !value.includes('\0'),
    text: (value) => typeof value === 'string' && !value.includes('\0'),
    integer: (value) => Number.isInteger(value),
    biginteger: (value) => BigInt(value as string) <= 2n ** 63n,
    float: (value) => Number.isFinite(value),
    boolean: (value) => typeof value === 'boolean',
    date: (value) => new Date(`${String(value)}T00:00:00Z`).toISOString().startsWith(String(value)),
    datetime: (value) => new Date(String(value)).toISOString() === value,
    time: (value) => /^\d\d:\d\d:\d\d\.\d\d\d$/.test(String(value)),
    enumeration: (value) => value === 'a' || value === 'b',
  };
  fc.assert(
    fc.property(schema, claim, (attribute, value) => {
      const result = coerceClaim(value, attribute);
      return 'problem' in result
        ? result.problem.length > 0
        : isRight[attribute.type]!(result.value);
    }),
    { numRuns: 3000 },
  );
});

test('any claims result in a free username of three to 255 printable characters', async () => {
  const claims = fc.dictionary(
    fc.constantFrom('preferred_username', 'cognito:username', 'email'),
    fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })),
  );
  await fc.assert(
    fc.asyncProperty(claims, fc.integer({ min: 0, max: 3 }), async (given, taken) => {
      const wanted = preferredUsername(given, ['preferred_username', 'cognito:username']);
      let asked = 0;
      const username = await findFreeUsername(wanted, () => Promise.resolve(asked++ < taken));
      expect(Array.from(username).length).toBeGreaterThanOrEqual(3);
      expect(Array.from(username).length).toBeLessThanOrEqual(255);
      expect(username).toBe(cleanUsername(username));
      expect(username).not.toMatch(/\p{C}/u);
    }),
    { numRuns: 2000 },
  );
});

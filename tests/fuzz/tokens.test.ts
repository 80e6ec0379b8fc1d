import fc from 'fast-check';
import type { Claims } from '../../server/protocol/claims';
import { CognitoError } from '../../server/protocol/errors';
import {
  type VerifyOptions,
  decodeJwt,
  verifyAccessToken,
  verifyIdToken,
} from '../../server/protocol/verify-token';
import { type Pool, startPool } from '../support/pool';
import { verifyOptionsFor } from '../support/verification';
import { hostileText, hostileValue, runs } from './runs';

let pool: Pool;
let options: VerifyOptions;

beforeAll(async () => {
  pool = await startPool();
  options = verifyOptionsFor(pool);
});

const now = () => ({ ...options, now: pool.now() });

/** The claims of a token that is taken; `undefined` where it is refused by name. All else is thrown. */
async function taken(token: string): Promise<Claims | undefined> {
  for (const verify of [() => verifyIdToken(token, now()), () => verifyAccessToken(token, now())]) {
    try {
      return await verify();
    } catch (error) {
      if (!(error instanceof CognitoError)) throw error;
    }
  }
  return undefined;
}

/** A token's header and payload: what is signed. */
const signedPart = (token: string) => token.split('.').slice(0, 2).join('.');

const base64url = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

/** Something done to a text at a place. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom('replace', 'insert', 'delete', 'double', 'cut', 'swap'),
  text: fc.oneof(base64url, hostileText, fc.constantFrom('.', '..', '=', '+', '/', ' ', '\n')),
});

function mutate(text: string, { at, how, text: other }: { at: number; how: string; text: string }) {
  const place = Math.floor(at * text.length);
  const [before, after] = [text.slice(0, place), text.slice(place)];
  const small = other.slice(0, 20);
  switch (how) {
    case 'replace':
      return before + small + after.slice(small.length);
    case 'insert':
      return before + other + after;
    case 'delete':
      return before + after.slice(1 + (other.length % 50));
    case 'double':
      return `${text}.${text}`;
    case 'cut':
      return before;
    default:
      return text.split('.').reverse().join('.');
  }
}

test('a good token, however it is changed, is taken only where what was signed is the same', async () => {
  const { id_token, access_token } = pool.tokensFor('ann');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(id_token, access_token),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (token, mutations) => {
        const changed = mutations.reduce(mutate, token);
        if (await taken(changed)) expect(signedPart(changed)).toBe(signedPart(token));
      },
    ),
    runs(4),
  );
});

test('what was never signed is never taken', async () => {
  const part = fc.oneof(
    base64url,
    hostileText,
    fc
      .dictionary(
        fc.constantFrom('alg', 'kid', 'crit', 'typ', 'jwk', 'jku', 'x5c', 'zip'),
        hostileValue,
      )
      .map((header) =>
        Buffer.from(JSON.stringify({ alg: 'RS256', kid: pool.kid(), ...header })).toString(
          'base64url',
        ),
      ),
    fc.constantFrom(...pool.tokensFor('ann').id_token.split('.')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
      const [header, payload, signature] = parts;
      const [h, p, s] = pool.tokensFor('ann').id_token.split('.');
      fc.pre(parts.length !== 3 || header !== h || payload !== p || signature !== s);
      expect(await taken(parts.join('.'))).toBeUndefined();
    }),
    runs(2),
  );
});

test('claims of any kind, rightly signed, are taken only where each is as it should be', async () => {
  const names = [
    'iss',
    'aud',
    'token_use',
    'exp',
    'iat',
    'nbf',
    'sub',
    'client_id',
    'x',
    '__proto__',
  ];
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), hostileValue), async (change) => {
      const claims = { ...pool.idClaims('ann'), ...change };
      const payload = JSON.stringify(claims);
      const got = await taken(pool.sign({ claims: payload, key: 'id' }));
      if (!got) return;
      // As JSON has it: what it cannot say is not in the token.
      const said = JSON.parse(payload) as Claims;
      const time = pool.now();
      expect(said.iss).toBe(pool.issuer);
      const kind = said.token_use;
      expect(['id', 'access']).toContain(kind);
      expect(kind === 'id' ? said.aud : said.client_id).toBe(pool.client.clientId);
      expect(said.exp).toBeGreaterThan(time - 5);
      expect(said.iat).toBeLessThanOrEqual(time + 5);
      if (said.nbf !== undefined) expect(said.nbf).toBeLessThanOrEqual(time + 5);
      expect(said.sub).toEqual(expect.stringMatching(/^[^\0]{1,255}$/));
      expect(got).toEqual(said);
    }),
    runs(),
  );
});

test('a header of any kind, rightly signed, is taken only where it asks for what Cognito does', async () => {
  const names = ['alg', 'kid', 'crit', 'typ', 'jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip'];
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), hostileValue), async (header) => {
      const token = pool.sign({ claims: pool.idClaims('ann'), header, key: 'id' });
      if (!(await taken(token))) return;
      const said = JSON.parse(
        Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(),
      ) as Record<string, unknown>;
      expect(said.alg).toBe('RS256');
      expect(said.kid).toBe(pool.kid());
      expect(said).not.toHaveProperty('crit');
    }),
    runs(),
  );
});

test('made-up kids have the keys fetched no more than ten times', () => {
  expect(pool.count('/.well-known/jwks.json')).toBeLessThanOrEqual(10);
});

describe('work', () => {
  test('a token that is too long is not even parsed', () => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const long = `${'a'.repeat(64 * 1024)}.${'b'.repeat(1024 * 1024)}.c`;
      expect(() => decodeJwt(long)).toThrow(CognitoError);
      expect(parse).not.toHaveBeenCalled();
    } finally {
      parse.mockRestore();
    }
  });
});

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

/** The claims of a valid token; `undefined` when it is rejected with a code. Any other error is thrown. */
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

/** A token's signing input: header and payload. */
const signedPart = (token: string) => token.split('.').slice(0, 2).join('.');

const base64url = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

/** A mutation of a text at a position. */
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

test('a mutated token is only accepted if its signing input is unchanged', async () => {
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

test('an unsigned token is never accepted', async () => {
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

test('any claims with a valid signature are only accepted if each is valid', async () => {
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
      const accepted = await taken(pool.sign({ claims: payload, key: 'id' }));
      if (!accepted) return;
      // After JSON, which leaves out what it cannot represent.
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
      expect(accepted).toEqual(said);
    }),
    runs(),
  );
});

test('any header with a valid signature is only accepted if it is like those of Cognito', async () => {
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

test('invented kids cause no more than ten fetches of the keys', () => {
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

import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import type { Claims } from '../../server/protocol/claims';
import { issuerFromUserPoolId } from '../../server/protocol/endpoints';
import {
  type VerifyOptions,
  verifyAccessToken,
  verifyIdToken,
} from '../../server/protocol/verify-token';
import { type LoopbackServer, listen } from '../support/loopback-http';
import { type Pool, type SignRequest, startPool } from '../support/pool';
import { caughtCode, caughtError } from '../support/caught-error';
import { verifyOptionsFor } from '../support/verification';

/*
 * The rules for every token, tested with each kind of token. Each case changes one thing of a valid token.
 */

const POOL_ID = 'eu-west-1_AbCdEfGhI';
const OLD_FORM = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL_ID}`;
const NEW_FORM = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${POOL_ID}`;
const NOW = 1_700_000_000;
const NONCE = 'the nonce';

let pool: Pool;
let attacker: LoopbackServer;
let options: VerifyOptions;

beforeAll(async () => {
  pool = await startPool();
  attacker = await listen((_, response) => response.end(JSON.stringify(pool.jwks())));
});

beforeEach(() => {
  options = {
    ...verifyOptionsFor(pool),
    issuer: { ...issuerFromUserPoolId(POOL_ID)!, jwksUrl: pool.jwksUrl },
    now: NOW,
  };
  pool.clearChanges();
  pool.forgetRequests();
});

const fixed = { iss: OLD_FORM, iat: NOW - 60, exp: NOW + 3600 };

interface Way {
  claims: () => Claims;
  verify: (token: string) => Promise<Claims>;
  use: string;
}

const ways: [string, Way][] = [
  [
    'an id_token in the code flow',
    {
      claims: () => pool.idClaims('ann', { nonce: NONCE }),
      verify: (token) => verifyIdToken(token, options, { nonce: NONCE, accessToken: 'at' }),
      use: 'id',
    },
  ],
  [
    'an id_token from a client',
    {
      claims: () => pool.idClaims('ann'),
      verify: (token) => verifyIdToken(token, options),
      use: 'id',
    },
  ],
  [
    'an access token',
    {
      claims: () => pool.accessClaims('ann'),
      verify: (token) => verifyAccessToken(token, options),
      use: 'access',
    },
  ],
];

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe.each(ways)('%s', (_, { claims, verify, use }) => {
  const right = (change: Claims = {}): Claims => ({ ...claims(), ...fixed, ...change });
  const sign = (request: Partial<SignRequest> = {}) => pool.sign({ claims: right(), ...request });
  const other = use === 'id' ? 'access' : 'id';

  test('that is valid returns its claims', async () => {
    const claimed = right();
    await expect(verify(pool.sign({ claims: claimed }))).resolves.toEqual(claimed);
  });

  test.each<[string, () => string]>([
    ['the other form of the issuer', () => sign({ claims: right({ iss: NEW_FORM }) })],
    ["the pool's other key", () => sign({ key: other })],
    ['a header with typ', () => sign({ header: { typ: 'JWT' } })],
    ['unknown claims', () => sign({ claims: right({ unknown: { a: [1] } }) })],
  ])('passes with %s', async (_name, token) => {
    await expect(verify(token())).resolves.toHaveProperty('sub', pool.user('ann').sub);
  });

  test.each<[string, () => string]>([
    ['alg none', () => sign({ alg: 'none' })],
    ['alg None', () => sign({ alg: 'None' })],
    ['alg none, with the signature of RS256', () => sign({ header: { alg: 'none' } })],
    ['HS256 with the public PEM as the secret', () => sign({ alg: 'HS256' })],
    [
      'HS256 with a secret of its own',
      () => sign({ alg: 'HS256', key: createSecretKey(Buffer.from('s')) }),
    ],
    ['RS256 said, HS256 done', () => sign({ alg: 'HS256', header: { alg: 'RS256' } })],
    ['ES256', () => sign({ alg: 'ES256' })],
    ['RS512', () => sign({ alg: 'RS512' })],
    ['PS256', () => sign({ alg: 'PS256' })],
    ['RS256 said, PS256 done', () => sign({ alg: 'PS256', header: { alg: 'RS256' } })],
    ['a foreign key under the right kid', () => sign({ key: 'foreign' })],
    [
      "the other key of the pool under this one's kid",
      () => sign({ key: other, header: { kid: pool.kid(use === 'id' ? 'id' : 'access') } }),
    ],
    ['an unknown kid', () => sign({ header: { kid: 'unknown' } })],
    ['a missing kid', () => sign({ header: { kid: undefined } })],
    ['a kid that is a list', () => sign({ header: { kid: [pool.kid()] } })],
    ['a kid that is a number', () => sign({ header: { kid: 0 } })],
    ['a kid of every object', () => sign({ header: { kid: '__proto__' } })],
    ['no signature', () => sign().replace(/[^.]*$/, '')],
    [
      'a tampered signature',
      () => sign().replace(/[^.](?=[^.]*$)/, (c) => (c === 'A' ? 'B' : 'A')),
    ],
    [
      'the signature of another token',
      () => {
        const [head, body] = sign().split('.');
        const another = pool.sign({ claims: right({ sub: 'another' }) });
        return `${head!}.${body!}.${another.split('.')[2]!}`;
      },
    ],
    [
      'a tampered payload',
      () => sign().replace(/\.[^.]+\./, `.${encode(right({ sub: 'another' }))}.`),
    ],
    [
      'a tampered header',
      () =>
        sign().replace(/^[^.]+/, encode({ kid: pool.kid(use as 'id'), alg: 'RS256', typ: 'x' })),
    ],
  ])('token_signature: %s', async (_name, token) => {
    expect(await caughtCode(() => verify(token()))).toBe('token_signature');
  });

  test.each<[string, (jwk: Claims) => Claims]>([
    ['is for encryption', (jwk) => ({ ...jwk, use: 'enc' })],
    ['says no use', (jwk) => ({ ...jwk, use: undefined })],
    ['is for another algorithm', (jwk) => ({ ...jwk, alg: 'RS512' })],
    ['says no algorithm', (jwk) => ({ ...jwk, alg: undefined })],
    ['is of another type', (jwk) => ({ ...jwk, kty: 'EC' })],
  ])('token_signature: the JWK %s', async (_name, change) => {
    const keys = pool
      .jwks()
      .keys.map((jwk) => (jwk.kid === pool.kid('id') ? change({ ...jwk }) : jwk));
    pool.injectFault('jwks', { body: { keys } });
    await expect(verify(sign({ key: 'access' }))).resolves.toBeDefined();
    expect(await caughtCode(() => verify(sign({ key: 'id' })))).toBe('token_signature');
  });

  test.each([
    ['small', { ...small, alg: 'RS256' }],
    ['elliptic', { ...elliptic, alg: 'ES256' }],
  ])(
    'token_signature: a key in the JWKS that is %s',
    async (_name, { publicKey, privateKey, alg }) => {
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'odd', use: 'sig', alg: 'RS256' };
      pool.injectFault('jwks', { body: { keys: [...pool.jwks().keys, jwk] } });
      for (const header of [{ kid: 'odd' }, { kid: 'odd', alg: 'RS256' }]) {
        expect(await caughtCode(() => verify(sign({ key: privateKey, alg, header })))).toBe(
          'token_signature',
        );
      }
    },
  );

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['a list', [OLD_FORM]],
    ['a number', 7],
    ['with a slash at the end', `${OLD_FORM}/`],
    ['with a query', `${OLD_FORM}?`],
    ['with plain http', OLD_FORM.replace('https', 'http')],
    ['in capitals', OLD_FORM.toUpperCase()],
    ['with the port', OLD_FORM.replace('.com/', '.com:443/')],
    ['of another pool', OLD_FORM.replace(POOL_ID, 'eu-west-1_Another')],
    ['of a pool whose id only starts the same', `${OLD_FORM}x`],
    ['of a pool whose id only differs in case', OLD_FORM.replace(POOL_ID, 'eu-west-1_ABCDEFGHI')],
    ['of another region', OLD_FORM.replaceAll('eu-west-1', 'eu-west-2')],
    ['of another host', `https://evil.example/${POOL_ID}`],
    ['of a host that starts the same', OLD_FORM.replace('.com', '.com.evil.example')],
    ['only the pool id', POOL_ID],
    ['the JWKS URL', `${OLD_FORM}/.well-known/jwks.json`],
    ['the origin of the keys', 'the origin'],
  ])('token_issuer: iss %s', async (_name, value) => {
    const iss = value === 'the origin' ? pool.origin : value;
    expect(await caughtCode(() => verify(sign({ claims: right({ iss }) })))).toBe('token_issuer');
    // No keys are fetched for it.
    expect(pool.requests).toHaveLength(0);
  });

  test.each<[string, string, Claims]>([
    ['token_expired', 'exp passed by the tolerance', { exp: NOW - 5 }],
    ['token_expired', 'exp passed by hours', { exp: NOW - 9_000, iat: NOW - 9_999 }],
    ['token_not_yet_valid', 'iat ahead by more than the tolerance', { iat: NOW + 6 }],
    ['token_not_yet_valid', 'nbf ahead by more than the tolerance', { nbf: NOW + 6 }],
    ['token_malformed', 'exp missing', { exp: undefined }],
    ['token_malformed', 'exp a string', { exp: String(NOW + 3600) }],
    ['token_malformed', 'exp null', { exp: null }],
    ['token_malformed', 'iat missing', { iat: undefined }],
    ['token_malformed', 'iat a string', { iat: String(NOW) }],
    ['token_malformed', 'nbf a string', { nbf: String(NOW) }],
    ['token_malformed', 'nbf null', { nbf: null }],
    ['token_malformed', 'sub missing', { sub: undefined }],
    ['token_malformed', 'sub empty', { sub: '' }],
    ['token_malformed', 'sub a number', { sub: 7 }],
    ['token_malformed', 'sub a list', { sub: ['a'] }],
    ['token_malformed', 'sub of 256 characters', { sub: 'x'.repeat(256) }],
    ['token_malformed', 'email empty', { email: '' }],
    ['token_malformed', 'email null', { email: null }],
    ['token_malformed', 'email a list', { email: ['ann@example.com'] }],
    ['token_use', 'token_use missing', { token_use: undefined }],
    ['token_use', 'token_use of another kind', { token_use: other }],
    ['token_use', 'token_use in capitals', { token_use: use.toUpperCase() }],
    ['token_use', 'token_use a list', { token_use: [use] }],
  ])('%s: %s', async (code, _name, change) => {
    expect(await caughtCode(() => verify(sign({ claims: right(change), key: 'id' })))).toBe(code);
  });

  test.each([
    [null, 'email is of type null, or empty'],
    [7, 'email is of type number, or empty'],
  ])('the reason names the type of the email %j, not the email', async (email, reason) => {
    const error = await caughtError(() => verify(sign({ claims: right({ email }) })));
    expect(error.reason).toBe(reason);
  });

  test('the time is that of this machine by default', async () => {
    options = { ...options, now: undefined };
    expect(await caughtCode(() => verify(sign()))).toBe('token_expired');
    const time = Date.now() / 1000;
    await expect(
      verify(sign({ claims: right({ iat: time, exp: time + 60 }) })),
    ).resolves.toBeDefined();
  });

  test('token_malformed: an exp that is too large for a number', async () => {
    const text = JSON.stringify(right({ exp: 0 })).replace('"exp":0', '"exp":1e999');
    expect(text).toContain('1e999');
    expect(await caughtCode(() => verify(sign({ claims: text })))).toBe('token_malformed');
  });

  test.each<[string, Claims]>([
    ['exp behind, within tolerance', { exp: NOW - 4 }],
    ['iat ahead, within tolerance', { iat: NOW + 5 }],
    ['nbf ahead, within tolerance', { nbf: NOW + 5 }],
    ['sub of 255 characters', { sub: 'x'.repeat(255) }],
    ['another email', { email: 'bob@example.com' }],
  ])('passes with %s', async (_name, change) => {
    await expect(verify(sign({ claims: right(change) }))).resolves.toMatchObject(change);
  });

  test.each<[string, () => string]>([
    ['no token', () => 'no token'],
    ['two parts', () => sign().replace(/\.[^.]*$/, '')],
    ['four parts', () => `${sign()}.x`],
    ['padding', () => `${sign()}==`],
    ['a line break after', () => `${sign()}\n`],
    ['a payload that is not JSON', () => sign({ claims: 'no JSON' })],
    ['a payload that is a list', () => sign({ claims: JSON.stringify([right()]) })],
    ['a payload that is text', () => sign({ claims: '"text"' })],
    ['a header that is a list', () => sign().replace(/^[^.]+/, encode([]))],
    ['a header that is text', () => sign().replace(/^[^.]+/, encode('RS256'))],
    ['crit with an unknown name', () => sign({ header: { crit: ['x'], x: 1 } })],
    ['crit with a known name', () => sign({ header: { crit: ['exp'] } })],
    ['crit without names', () => sign({ header: { crit: [] } })],
    ['more than 64 KiB', () => sign({ claims: right({ filler: 'x'.repeat(50_000) }) })],
  ])('token_malformed: %s', async (_name, token) => {
    expect(await caughtCode(() => verify(token()))).toBe('token_malformed');
    expect(pool.requests).toHaveLength(0);
  });

  describe('keys in the header are ignored', () => {
    const headerKey = () => {
      const { publicKey } = small;
      const [jwk] = pool.jwks().keys;
      return {
        jku: `${attacker.origin}/jwks.json`,
        x5u: `${attacker.origin}/cert.pem`,
        jwk: { ...jwk, kid: 'from-header', n: publicKey.export({ format: 'jwk' }).n },
        x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
        x5t: 'x',
        'x5t#S256': 'x',
      };
    };

    test.each(['jku', 'x5u', 'jwk', 'x5c'] as const)('%s', async (name) => {
      const header = { [name]: headerKey()[name] };
      // Signed by a key of the pool: the header does not make it invalid.
      await expect(verify(sign({ header }))).resolves.toBeDefined();
      // Signed by another key: the header does not make it valid, with a known kid or a new one.
      for (const [kid, key] of [
        [pool.kid(), 'foreign'],
        ['from-header', small.privateKey],
      ] as const) {
        const token = sign({ key, header: { ...header, kid } });
        expect(await caughtCode(() => verify(token))).toBe('token_signature');
      }
      expect(attacker.requests).toHaveLength(0);
    });

    test('all at once', async () => {
      await expect(verify(sign({ header: headerKey() }))).resolves.toBeDefined();
      expect(await caughtCode(() => verify(sign({ key: 'foreign', header: headerKey() })))).toBe(
        'token_signature',
      );
      expect(attacker.requests).toHaveLength(0);
    });
  });

  test('without keys it is cognito_unavailable, and the reason contains nothing of the token', async () => {
    pool.injectFault('jwks', { status: 500 });
    const token = sign();
    const error = await caughtError(() => verify(token));
    expect(error.code).toBe('cognito_unavailable');
    for (const part of token.split('.')) expect(error.reason).not.toContain(part);
  });
});

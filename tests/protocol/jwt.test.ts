import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { issuerFromUrl } from '../../server/protocol/endpoints';
import type { Claims } from '../../server/protocol/claims';
import type { Jwks } from '../../server/protocol/jwks';
import {
  MAX_TOKEN_LENGTH,
  decodeJwt,
  getSubject,
  verifyAccessToken,
} from '../../server/protocol/verify-token';
import { type Pool, type SignRequest, startPool } from '../support/pool';
import { caughtCode, caughtError } from '../support/caught-error';

let pool: Pool;

beforeAll(async () => {
  pool = await startPool();
});

const claims = { sub: 'subject', n: 1 };
const sign = (request: Partial<SignRequest> = {}) => pool.sign({ claims, ...request });
const encode = (value: string | Buffer) => Buffer.from(value).toString('base64url');

/** Replaces one of the three parts of a token. */
function replace(token: string, part: 0 | 1 | 2, by: (old: string) => string): string {
  const parts = token.split('.');
  parts[part] = by(parts[part]!);
  return parts.join('.');
}

/** A token of this length, or up to three characters shorter. */
function tokenOfLength(length: number): string {
  const { length: least } = sign({ claims: { ...claims, filler: '' } });
  const filler = 'x'.repeat(Math.floor((length - least) / 4) * 3);
  return sign({ claims: { ...claims, filler } });
}

/** With lengths that leave spare bits in the last character of the base64url. */
const HEADER = '{"alg":"RS256","kid":"kid1"}';
const PAYLOAD = '{"sub":"s","n":1}';

/** Other base64url for the same bytes: the lowest bit of the last character is spare. */
function changeSpareBits(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  const changed = text.slice(0, -1) + String.fromCharCode(last + 1);
  expect(Buffer.from(changed, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
  return changed;
}

describe('decodeJwt', () => {
  test('parses a token', () => {
    expect(decodeJwt(sign())).toEqual({ kid: pool.kid(), claims });
  });

  test('ignores the rest of the header', () => {
    const header = { typ: 'JWT', cty: 'x', jku: 'http://x', x5u: 'http://x', x5c: ['x'], jwk: {} };
    expect(decodeJwt(sign({ header })).claims).toEqual(claims);
  });

  test('parses up to 64 KiB, and nothing larger', async () => {
    expect(tokenOfLength(MAX_TOKEN_LENGTH).length).toBeGreaterThan(MAX_TOKEN_LENGTH - 4);
    expect(decodeJwt(tokenOfLength(MAX_TOKEN_LENGTH)).claims).toMatchObject(claims);
    const larger = tokenOfLength(MAX_TOKEN_LENGTH + 4);
    expect(larger.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH + 4);
    for (const token of [larger, 'no token'.repeat(10_000)]) {
      expect(await caughtError(() => decodeJwt(token))).toMatchObject({
        code: 'token_malformed',
        reason: 'longer than 65536',
      });
    }
  });

  test('64 KiB is exactly the limit', async () => {
    const [head = '', body = ''] = sign().split('.');
    const signature = 'A'.repeat(MAX_TOKEN_LENGTH - head.length - body.length - 2);
    const largest = `${head}.${body}.${signature}`;
    expect(largest).toHaveLength(65_536);
    expect(decodeJwt(largest).claims).toEqual(claims);
    expect((await caughtError(() => decodeJwt(`${largest}A`))).reason).toBe('longer than 65536');
  });

  test('parses an empty signature, which only the verification rejects', () => {
    expect(decodeJwt(replace(sign(), 2, () => '')).claims).toEqual(claims);
  });

  test.each<[string, (right: string) => string]>([
    ['nothing', () => ''],
    ['one part', (right) => right.split('.')[0]!],
    ['two parts', (right) => right.split('.').slice(0, 2).join('.')],
    ['four parts', (right) => `${right}.x`],
    ['four parts, the last empty', (right) => `${right}.`],
    ['an empty header', (right) => replace(right, 0, () => '')],
    ['an empty payload', (right) => replace(right, 1, () => '')],
    ['a space before', (right) => ` ${right}`],
    ['a space after', (right) => `${right} `],
    ['a line break after', (right) => `${right}\n`],
    [
      'a line break within',
      (right) => replace(right, 1, (part) => `${part.slice(0, 8)}\n${part.slice(8)}`),
    ],
    [
      'a space within',
      (right) => replace(right, 2, (part) => `${part.slice(0, 8)} ${part.slice(8)}`),
    ],
    ['a padded header', (right) => replace(right, 0, (part) => `${part}=`)],
    ['a padded payload', (right) => replace(right, 1, (part) => `${part}==`)],
    ['a padded signature', (right) => replace(right, 2, (part) => `${part}==`)],
    ['base64 instead of base64url', (right) => replace(right, 2, (part) => `+/${part.slice(2)}`)],
    // Another encoding of the same bytes: spare bits that are set, or one character too many.
    [
      'a header with spare bits set',
      (right) => replace(right, 0, () => changeSpareBits(encode(HEADER))),
    ],
    [
      'a payload with spare bits set',
      (right) => replace(right, 1, () => changeSpareBits(encode(PAYLOAD))),
    ],
    ['a signature with spare bits set', (right) => replace(right, 2, changeSpareBits)],
    [
      'a signature with one character too many',
      (right) => replace(right, 2, (part) => `${part}AAA`),
    ],
    ['a character beyond ASCII', (right) => replace(right, 1, (part) => `${part}é`)],
    ['Bearer before', (right) => `Bearer ${right}`],
    ['a JSON serialization', (right) => JSON.stringify({ payload: right })],
  ])('refuses %s', async (_, change) => {
    expect(await caughtError(() => decodeJwt(change(sign())))).toMatchObject({
      code: 'token_malformed',
      reason: 'not three base64url parts',
    });
  });

  const nonObjects: [string, string | Buffer][] = [
    ['no JSON', 'alg: RS256'],
    ['half of it', '{"alg":"RS256"'],
    ['a list', '[{"alg":"RS256","kid":"k"}]'],
    ['a string', '"text"'],
    ['a number', '7'],
    ['null', 'null'],
    ['true', 'true'],
    ['a byte order mark before it', '\u{feff}{"alg":"RS256","kid":"k"}'],
    ['UTF-16', Buffer.from('{"alg":"RS256","kid":"k"}', 'utf16le')],
    ['bytes', Buffer.from([0xff, 0x00, 0x80])],
  ];

  test.each(nonObjects)('refuses a header that is %s', async (_, header) => {
    expect(
      await caughtError(() => decodeJwt(replace(sign(), 0, () => encode(header)))),
    ).toMatchObject({
      code: 'token_malformed',
      reason: 'the header is not a JSON object',
    });
  });

  test.each(nonObjects)('refuses a payload that is %s', async (_, payload) => {
    expect(
      await caughtError(() => decodeJwt(replace(sign(), 1, () => encode(payload)))),
    ).toMatchObject({
      code: 'token_malformed',
      reason: 'the payload is not a JSON object',
    });
  });

  test.each<[string, unknown]>([
    ['a list', ['exp']],
    ['an extension', ['b64']],
    ['an empty list', []],
    ['null', null],
    ['text', 'exp'],
    ['false', false],
  ])('refuses crit: %s', async (_, crit) => {
    const error = await caughtError(() => decodeJwt(sign({ header: { crit, b64: true } })));
    expect(error.code).toBe('token_malformed');
    expect(error.reason).toMatch(/^unknown crit /);
  });

  test.each([
    'none',
    'None',
    'NONE',
    '',
    'HS256',
    'RS384',
    'RS512',
    'PS256',
    'ES256',
    'EdDSA',
    'rs256',
    'RS256 ',
    256,
    null,
    undefined,
    ['RS256'],
  ])('refuses alg %p', async (alg) => {
    const error = await caughtError(() => decodeJwt(sign({ header: { alg } })));
    expect(error.code).toBe('token_signature');
    expect(error.reason).toMatch(/^alg is .*, not RS256$/);
  });

  test.each([undefined, '', null, 7, true, ['a'], { a: 1 }])('refuses kid %p', async (kid) => {
    expect(await caughtError(() => decodeJwt(sign({ header: { kid } })))).toMatchObject({
      code: 'token_signature',
      reason: 'the header names no key (kid)',
    });
  });

  test('the reason contains nothing of the token', async () => {
    const token = sign({ header: { alg: 'HS256' } });
    const { reason } = await caughtError(() => decodeJwt(token));
    for (const part of token.split('.')) expect(reason).not.toContain(part);
  });
});

const NOW = 1_700_000_000;

/** Verifies a token with one key, whatever `kid` it names. */
function verifyWith(key: KeyObject, token: string, clockTolerance = 5): Promise<Claims> {
  const jwks = { key: () => Promise.resolve(key) } as unknown as Jwks;
  const clientIds = [pool.client.clientId];
  const issuer = issuerFromUrl(pool.issuer);
  return verifyAccessToken(token, { issuer, jwks, clientIds, clockTolerance, now: NOW });
}

const accessClaims = (change: Claims = {}): Claims => ({
  ...pool.accessClaims('ann'),
  iat: NOW - 60,
  exp: NOW + 60,
  ...change,
});

describe('the signature', () => {
  const signClaims = (request: Partial<SignRequest> = {}) =>
    pool.sign({ claims: accessClaims(), key: 'id', ...request });
  const check = (token: string) => verifyWith(createPublicKey(pool.publicKey()), token);

  test.each([{ typ: 'JWT' }, { typ: undefined }, { typ: 'at+jwt' }])(
    'with header %j',
    async (header) => {
      const signed = accessClaims({ name: 'Zoë €' });
      expect(await check(signClaims({ header, claims: signed }))).toEqual(signed);
    },
  );

  // Valid signatures by the right key with other algorithms than RS256, although the header says RS256.
  test.each(['RS384', 'RS512', 'PS256', 'PS512', 'HS256', 'ES256', 'none'])(
    'refuses %s',
    async (alg) => {
      const token = signClaims({ alg, header: { alg: 'RS256' } });
      expect(await caughtError(() => check(token))).toMatchObject({
        code: 'token_signature',
        reason: 'the signature does not match the key',
      });
    },
  );

  test.each<[string, (right: string) => string]>([
    ['no signature', (right) => replace(right, 2, () => '')],
    [
      'a changed signature',
      (right) => replace(right, 2, (part) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1)),
    ],
    ['half a signature', (right) => replace(right, 2, (part) => part.slice(0, 168))],
    ['a longer signature', (right) => replace(right, 2, (part) => `${part}AAAA`)],
    [
      'the signature of another token',
      (right) =>
        replace(right, 2, () => signClaims({ claims: accessClaims({ n: 2 }) }).split('.')[2]!),
    ],
    [
      'a changed payload',
      (right) => replace(right, 1, () => encode(JSON.stringify(accessClaims({ sub: 'another' })))),
    ],
    ['a changed header', (right) => replace(right, 0, () => encode('{"alg":"RS256","kid":"k"}'))],
    ['another key', () => signClaims({ key: 'foreign' })],
    ['the other key of the pool', () => signClaims({ key: 'access' })],
  ])('refuses %s', async (_, change) => {
    expect(await caughtError(() => check(change(signClaims())))).toMatchObject({
      code: 'token_signature',
      reason: 'the signature does not match the key',
    });
  });

  test('a key of another type verifies nothing', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await caughtCode(() => verifyWith(publicKey, signClaims()))).toBe('token_signature');
  });
});

describe('the times', () => {
  const check = (change: Claims, clockTolerance: number) =>
    verifyWith(
      createPublicKey(pool.publicKey()),
      pool.sign({ claims: accessClaims(change), key: 'id' }),
      clockTolerance,
    );

  test.each<[string, Claims, number]>([
    ['nothing special', {}, 5],
    ['exp just passed, within the tolerance', { exp: NOW - 4.999 }, 5],
    ['exp one second ahead, without tolerance', { exp: NOW + 1 }, 0],
    ['iat now', { iat: NOW }, 0],
    ['iat ahead by the tolerance', { iat: NOW + 5 }, 5],
    ['nbf behind', { nbf: NOW - 1 }, 5],
    ['nbf now', { nbf: NOW }, 0],
    ['nbf ahead by the tolerance', { nbf: NOW + 5 }, 5],
    ['times of 1970, if the tolerance is that large', { exp: 0, iat: 0 }, NOW + 1],
    ['iat long ago', { iat: 0 }, 5],
  ])('takes %s', async (_, change, tolerance) => {
    await expect(check(change, tolerance)).resolves.toMatchObject(change);
  });

  test.each<[string, string, Claims, number]>([
    ['token_expired', 'exp passed by the tolerance', { exp: NOW - 5 }, 5],
    ['token_expired', 'exp now, without tolerance', { exp: NOW }, 0],
    ['token_expired', 'exp long ago', { exp: 0 }, 5],
    ['token_expired', 'exp negative', { exp: -1 }, 5],
    ['token_not_yet_valid', 'iat ahead by more than the tolerance', { iat: NOW + 5.001 }, 5],
    ['token_not_yet_valid', 'iat ahead, without tolerance', { iat: NOW + 0.001 }, 0],
    ['token_not_yet_valid', 'iat ahead, nbf behind', { iat: NOW + 6, nbf: NOW - 1 }, 5],
    ['token_not_yet_valid', 'nbf ahead by more than the tolerance', { nbf: NOW + 5.001 }, 5],
    ['token_not_yet_valid', 'nbf ahead, without tolerance', { nbf: NOW + 0.001 }, 0],
  ])('%s: %s', async (code, _, change, tolerance) => {
    expect(await caughtCode(() => check(change, tolerance))).toBe(code);
  });

  test('says by how much', async () => {
    const getReason = async (change: Claims) => (await caughtError(() => check(change, 5))).reason;
    expect(await getReason({ exp: NOW - 90.5 })).toBe('expired 90 s ago');
    expect(await getReason({ iat: NOW + 89.5 })).toBe('valid in 90 s by this clock');
    expect(await getReason({ nbf: NOW + 30 })).toBe('valid in 30 s by this clock');
  });

  describe.each(['exp', 'iat', 'nbf'])('%s', (name) => {
    const values: unknown[] = [null, String(NOW), '', true, [NOW], {}];
    test.each(name === 'nbf' ? values : [undefined, ...values])(
      '%p is malformed',
      async (value) => {
        const error = await caughtError(() => check({ [name]: value }, 5));
        expect(error.code).toBe('token_malformed');
        expect(error.reason).toMatch(new RegExp(`^${name} is .+, not a number$`));
      },
    );

    test('too large for a number is malformed', async () => {
      const text = JSON.stringify(accessClaims({ [name]: 0 })).replace(
        `"${name}":0`,
        `"${name}":1e999`,
      );
      const token = pool.sign({ claims: text, key: 'id' });
      const checking = () => verifyWith(createPublicKey(pool.publicKey()), token);
      expect(await caughtCode(checking)).toBe('token_malformed');
    });
  });
});

describe('the other claims', () => {
  const getReason = async (change: Claims) => {
    const token = pool.sign({ claims: accessClaims(change), key: 'id' });
    const { reason } = await caughtError(() =>
      verifyWith(createPublicKey(pool.publicKey()), token),
    );
    return reason;
  };

  test('the reasons contain the actual and the expected value', async () => {
    expect(await getReason({ iss: 'c' })).toBe(`iss is "c", not ${pool.issuer}`);
    expect(await getReason({ client_id: 'c' })).toBe('client_id is "c"');
    expect(await getReason({ token_use: 'x' })).toBe('token_use is "x", not "access"');
  });

  test.each(['a\0b', 'a\nb', '\u007f', 'a\u200bb', '\ud800'])(
    'sub %j contains what not every database can store',
    async (sub) => {
      expect((await caughtError(() => getSubject({ sub }))).reason).toMatch(/^sub is "/);
    },
  );

  test.each([undefined, null, '', 7, ['a'], { a: 1 }, 'x'.repeat(256)])(
    'sub %p is refused',
    async (sub) => {
      expect(await caughtCode(() => getSubject({ sub }))).toBe('token_malformed');
    },
  );

  test.each(['a', '7', 'x'.repeat(255)])('sub %p is accepted', (sub) => {
    expect(getSubject({ sub })).toBe(sub);
  });
});

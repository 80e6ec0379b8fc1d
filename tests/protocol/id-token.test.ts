import type { Claims } from '../../server/protocol/claims';
import { timingSafeEqualStrings } from '../../server/protocol/crypto';
import {
  type ExpectedLogin,
  type VerifyOptions,
  verifyIdToken,
} from '../../server/protocol/verify-token';
import { type AppClient, atHash, type Pool, startPool } from '../support/pool';
import { caughtCode, caughtError } from '../support/caught-error';
import { verifyOptionsFor } from '../support/verification';

// verify-token.test.ts has the rules for every token; these are the rules for id_tokens.

const NONCE = 'n-0S6_WzA2Mj';

let pool: Pool;
let mobile: AppClient;
let options: VerifyOptions;
let login: Required<ExpectedLogin>;

beforeAll(async () => {
  pool = await startPool();
  mobile = pool.addClient();
  options = { ...verifyOptionsFor(pool), clientIds: [pool.client.clientId, mobile.clientId] };
  login = { nonce: NONCE, accessToken: pool.tokensFor('ann').access_token };
});

const token = (change: Claims = {}) => {
  const { accessToken } = login;
  return pool.sign({
    claims: { ...pool.idClaims('ann', { nonce: NONCE, accessToken }), ...change },
  });
};
const verify = (text: string, expected?: ExpectedLogin) =>
  verifyIdToken(text, { ...options, now: pool.now() }, expected);
const verifyInCodeFlow = (change?: Claims) => verify(token(change), login);
const verifyFromClient = (change?: Claims) => verify(token(change));

test('a valid one is accepted, in the code flow and from a client', async () => {
  await expect(verifyInCodeFlow()).resolves.toMatchObject({
    email: 'ann@example.com',
    nonce: NONCE,
  });
  await expect(verifyFromClient()).resolves.toMatchObject({
    email: 'ann@example.com',
    nonce: NONCE,
  });
});

describe('aud', () => {
  test.each<[string, (own: string) => unknown]>([
    ['missing', () => undefined],
    ['empty', () => ''],
    ['a list of the one', (own) => [own]],
    ['a list with another', (own) => [own, 'other']],
    ['another client', () => 'other'],
    ['in capitals', (own) => own.toUpperCase()],
    ['with a space', (own) => `${own} `],
    ['a number', () => 7],
  ])('%s is token_audience', async (_, aud) => {
    const change = { aud: aud(pool.client.clientId) };
    expect(await caughtCode(() => verifyInCodeFlow(change))).toBe('token_audience');
    expect(await caughtCode(() => verifyFromClient(change))).toBe('token_audience');
  });

  test('an additional client is only accepted for a token from a client', async () => {
    const change = { aud: mobile.clientId };
    await expect(verifyFromClient(change)).resolves.toMatchObject(change);
    expect(await caughtCode(() => verifyInCodeFlow(change))).toBe('token_audience');
  });

  test('client_id is ignored', async () => {
    const change = { aud: 'other', client_id: pool.client.clientId };
    expect(await caughtCode(() => verifyFromClient(change))).toBe('token_audience');
  });
});

test('an access token is not accepted, even with the claims of an id_token', async () => {
  const claims = { ...pool.accessClaims('ann'), aud: pool.client.clientId, nonce: NONCE };
  for (const context of [login, undefined]) {
    expect(await caughtCode(() => verify(pool.sign({ claims }), context))).toBe('token_use');
    expect(await caughtCode(() => verify(pool.tokensFor('ann').access_token, context))).toBe(
      'token_use',
    );
  }
});

describe('nonce', () => {
  test.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['another', 'n-0S6_WzA2Mk'],
    ['longer', `${NONCE}x`],
    ['in capitals', NONCE.toUpperCase()],
    ['null', null],
    ['a list', [NONCE]],
    ['a number', 7],
    ['true', true],
  ])('%s is token_nonce in the code flow, and ignored from a client', async (_, nonce) => {
    expect(await caughtCode(() => verifyInCodeFlow({ nonce }))).toBe('token_nonce');
    await expect(verifyFromClient({ nonce })).resolves.toHaveProperty('sub');
  });

  test('of an app that keeps it is ignored, and everything else is checked', async () => {
    const kept = { accessToken: login.accessToken };
    await expect(verify(token({ nonce: 'of the app' }), kept)).resolves.toHaveProperty('sub');
    expect(await caughtCode(() => verify(token({ at_hash: 'x' }), kept))).toBe('token_signature');
  });

  test('neither nonce is in the reason', async () => {
    const { reason } = await caughtError(() => verifyInCodeFlow({ nonce: 'another-nonce' }));
    expect(reason).toBe('the nonce is missing or belongs to another login');
    expect(reason).not.toContain(NONCE);
    expect(reason).not.toContain('another-nonce');
  });
});

describe('at_hash', () => {
  test('may be missing', async () => {
    await expect(verifyInCodeFlow({ at_hash: undefined })).resolves.not.toHaveProperty('at_hash');
  });

  test.each<[string, () => unknown]>([
    ['of another token', () => atHash(pool.tokensFor('ben').access_token)],
    ['empty', () => ''],
    ['null', () => null],
    ['a number', () => 7],
    ['a list', () => [atHash(login.accessToken)]],
    ['padded', () => `${atHash(login.accessToken)}==`],
    ['cut', () => atHash(login.accessToken).slice(0, -1)],
  ])('%s is refused in the code flow, and ignored from a client', async (_, at_hash) => {
    const error = await caughtError(() => verifyInCodeFlow({ at_hash: at_hash() }));
    expect(error).toMatchObject({ code: 'token_signature' });
    expect(error.reason).toContain('at_hash');
    await expect(verifyFromClient({ at_hash: at_hash() })).resolves.toHaveProperty('sub');
  });

  test('a replaced access token is detected', async () => {
    const context = { ...login, accessToken: pool.tokensFor('ben').access_token };
    expect(await caughtCode(() => verify(token(), context))).toBe('token_signature');
  });
});

test('only the code flow may use the reserved fetch of keys', async () => {
  const key = jest.spyOn(options.jwks, 'key');
  await verifyInCodeFlow();
  expect(key).toHaveBeenLastCalledWith(pool.kid(), true);
  await verifyFromClient();
  expect(key).toHaveBeenLastCalledWith(pool.kid(), false);
  key.mockRestore();
});

test.each([
  ['', '', true],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['a', '', false],
  ['é', 'e\u0301', false],
])('timingSafeEqualStrings(%p, %p) is %p', (a, b, same) => {
  expect(timingSafeEqualStrings(a, b)).toBe(same);
});

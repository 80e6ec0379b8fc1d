import type { Claims } from '../../server/protocol/claims';
import { type VerifyOptions, verifyAccessToken } from '../../server/protocol/verify-token';
import { type AppClient, type Pool, startPool } from '../support/pool';
import { caughtCode } from '../support/caught-error';
import { verifyOptionsFor } from '../support/verification';

// verify-token.test.ts has the rules for every token; these are the rules for access tokens.

let pool: Pool;
let mobile: AppClient;
let options: VerifyOptions;

beforeAll(async () => {
  pool = await startPool();
  mobile = pool.addClient();
  options = verifyOptionsFor(pool);
});

const verify = (text: string) => {
  const clientIds = [pool.client.clientId, mobile.clientId];
  return verifyAccessToken(text, { ...options, clientIds, now: pool.now() });
};
const changed = (change: Claims) =>
  verify(pool.sign({ claims: { ...pool.accessClaims('ann'), ...change } }));

test.each(['own', 'additional'])('one of the %s client passes', async (which) => {
  const client = which === 'own' ? pool.client : mobile;
  const { access_token } = pool.tokensFor('ann', { client });
  await expect(verify(access_token)).resolves.toMatchObject({
    sub: pool.user('ann').sub,
    client_id: client.clientId,
    username: 'ann',
  });
});

test.each<[string, (own: string) => unknown]>([
  ['missing', () => undefined],
  ['empty', () => ''],
  ['another client', () => 'other'],
  ['a list', (own) => [own]],
  ['in capitals', (own) => own.toUpperCase()],
  ['a number', () => 7],
])('client_id %s is token_audience, whatever aud is', async (_, clientId) => {
  const own = pool.client.clientId;
  expect(await caughtCode(() => changed({ client_id: clientId(own) }))).toBe('token_audience');
  expect(await caughtCode(() => changed({ client_id: clientId(own), aud: own }))).toBe(
    'token_audience',
  );
});

test('aud, if there is one, must be a client too', async () => {
  const own = pool.client.clientId;
  await expect(changed({ aud: own })).resolves.toMatchObject({ aud: own });
  for (const aud of ['https://another-api.example', '', null, [own]]) {
    expect(await caughtCode(() => changed({ aud }))).toBe('token_audience');
  }
});

test.each([undefined, '', 7])('sub %p is token_malformed', async (sub) => {
  expect(await caughtCode(() => changed({ sub }))).toBe('token_malformed');
});

test('one that comes from a client does not use the reserved fetch of keys', async () => {
  const key = jest.spyOn(options.jwks, 'key');
  await verify(pool.tokensFor('ann').access_token);
  expect(key).toHaveBeenCalledWith(pool.kid('access'), false);
  key.mockRestore();
});

test('an id_token is not accepted, even with the claims of an access token', async () => {
  const claims = { ...pool.idClaims('ann'), client_id: pool.client.clientId };
  expect(await caughtCode(() => verify(pool.sign({ claims })))).toBe('token_use');
  expect(await caughtCode(() => verify(pool.tokensFor('ann').id_token))).toBe('token_use');
});

test('a refresh token is not accepted', async () => {
  expect(await caughtCode(() => verify(pool.tokensFor('ann').refresh_token))).toBe(
    'token_malformed',
  );
});

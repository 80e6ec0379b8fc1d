import { createHash } from 'node:crypto';
import { type AppClient, requestTokens } from '../../server/protocol/token-endpoint';
import { strapiHttp } from '../support/loopback-http';
import { decodeJwt, type Fault, type Pool, startPool } from '../support/pool';
import { caughtError } from '../support/caught-error';

const CALLBACK = 'http://localhost:9999/api/connect/cognito/callback';
const VERIFIER = 'v'.repeat(43);

let pool: Pool;
let publicClient: AppClient;

beforeAll(async () => {
  pool = await startPool();
  pool.client.callbackUrls.push(CALLBACK);
  publicClient = { clientId: pool.addClient({ callbackUrls: [CALLBACK] }).clientId };
});

beforeEach(() => {
  pool.clearChanges();
  pool.forgetRequests();
});

const tokenEndpoint = () => `${pool.origin}/oauth2/token`;

async function codeFor({ clientId }: AppClient): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    scope: 'openid email',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const back = await pool.authorize(`${pool.origin}/oauth2/authorize?${query.toString()}`, 'ann');
  pool.forgetRequests();
  return new URL(back).searchParams.get('code')!;
}

const exchange = (client: AppClient, code: string, codeVerifier = VERIFIER, timeout?: number) =>
  requestTokens(strapiHttp(timeout), tokenEndpoint(), client, {
    code,
    redirectUri: CALLBACK,
    codeVerifier,
  });

test('exchanges a code, with a secret full of special characters', async () => {
  expect(pool.client.clientSecret).toMatch(/(?=.*\+)(?=.*:)(?=.*%)(?=.*=)/);
  const code = await codeFor(pool.client);
  const tokens = await exchange(pool.client, code);
  expect(decodeJwt(tokens.idToken)).toMatchObject({ token_use: 'id', aud: pool.client.clientId });
  expect(decodeJwt(tokens.accessToken).token_use).toBe('access');
  expect(tokens.refreshToken).toEqual(expect.any(String));

  const [{ method, headers, form } = {}] = pool.requests;
  const { clientId, clientSecret } = pool.client;
  const basic = Buffer.from(`${clientId}:${clientSecret!}`).toString('base64');
  expect({ method, authorization: headers?.authorization, form: [...form!] }).toEqual({
    method: 'POST',
    authorization: `Basic ${basic}`,
    form: [
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['redirect_uri', CALLBACK],
      ['code_verifier', VERIFIER],
    ],
  });
});

test('a public client sends its id without credentials', async () => {
  const tokens = await exchange(publicClient, await codeFor(publicClient));
  expect(decodeJwt(tokens.idToken).aud).toBe(publicClient.clientId);
  const [{ headers, form } = {}] = pool.requests;
  expect(headers).not.toHaveProperty('authorization');
  expect(form?.get('client_id')).toBe(publicClient.clientId);
  expect(form?.has('client_secret')).toBe(false);
});

test('a response without a refresh token is accepted', async () => {
  pool.changeTokenResponse((body) => ({ ...body, refresh_token: undefined }));
  const tokens = await exchange(pool.client, await codeFor(pool.client));
  expect(tokens).not.toHaveProperty('refreshToken');
});

test.each(['bearer', 'Bearer', 'BEARER'])('token_type %s is accepted', async (token_type) => {
  pool.changeTokenResponse((body) => ({ ...body, token_type }));
  await expect(exchange(pool.client, await codeFor(pool.client))).resolves.toHaveProperty(
    'idToken',
  );
});

describe('Cognito refuses', () => {
  test('another verifier', async () => {
    const code = await codeFor(pool.client);
    const error = await caughtError(() => exchange(pool.client, code, 'w'.repeat(43)));
    expect(error).toMatchObject({
      code: 'cognito_refused',
      status: 502,
      reason: 'the token endpoint answered 400 "invalid_grant"',
    });
  });

  test('a code that was used', async () => {
    const code = await codeFor(pool.client);
    await exchange(pool.client, code);
    const error = await caughtError(() => exchange(pool.client, code));
    expect(error.code).toBe('cognito_refused');
    expect(error.reason).toContain('"invalid_grant"');
  });

  test('a wrong secret, which is not in the reason', async () => {
    const client = { ...pool.client, clientSecret: 'wrong-secret' };
    const code = await codeFor(pool.client);
    const error = await caughtError(() => exchange(client, code));
    expect(error).toMatchObject({
      code: 'cognito_refused',
      reason: 'the token endpoint answered 400 "invalid_client"',
    });
  });

  test.each<[number, unknown, string]>([
    [
      400,
      { error: 'unauthorized_client', error_description: 'invalid_redirect' },
      '400 "unauthorized_client" "invalid_redirect"',
    ],
    [401, { error: 'invalid_client' }, '401 "invalid_client"'],
    [403, '<html>Forbidden</html>', '403'],
    [404, '', '404'],
    [405, {}, '405'],
    [418, { error: 'a\nb' }, '418 "a\\nb"'],
    [400, { error: { nested: true } }, '400 {"nested":true}'],
  ])('any 4xx: %i %j', async (status, body, words) => {
    pool.injectFault('token', { status, body });
    const error = await caughtError(() => exchange(pool.client, 'code'));
    expect(error).toMatchObject({
      code: 'cognito_refused',
      reason: `the token endpoint answered ${words}`,
    });
  });
});

describe('an unusable response is cognito_unavailable', () => {
  test.each<[string, Fault]>([
    ['500', { status: 500 }],
    ['429', { status: 429, body: { error: 'too_many' } }],
    ['a redirect', { status: 307, headers: { location: '/oauth2/elsewhere' } }],
    ['garbage', { garbage: true }],
    ['a list', { body: [] }],
    ['a broken connection', { reset: true }],
  ])('%s', async (_, fault) => {
    pool.injectFault('token', fault);
    const error = await caughtError(() => exchange(pool.client, 'code'));
    expect(error.code).toBe('cognito_unavailable');
    expect(pool.requests).toHaveLength(1);
  });

  test.each<[string, Fault]>([
    ['silence', { hang: true }],
    ['half a response', { stall: true }],
  ])('%s', async (_, fault) => {
    const code = await codeFor(pool.client);
    pool.injectFault('token', fault);
    const error = await caughtError(() => exchange(pool.client, code, VERIFIER, 150));
    expect(error).toMatchObject({
      code: 'cognito_unavailable',
      reason: 'the token endpoint: no answer within 150 ms',
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['no id_token (no openid scope)', { id_token: undefined }],
    ['an empty id_token', { id_token: '' }],
    ['an id_token that is not a string', { id_token: ['a'] }],
    ['no access_token', { access_token: undefined }],
    ['an empty access_token', { access_token: '' }],
    ['an access_token that is not a string', { access_token: 7 }],
    ['no token_type', { token_type: undefined }],
    ['another token_type', { token_type: 'DPoP' }],
  ])('%s', async (_, change) => {
    pool.changeTokenResponse((body) => ({ ...body, ...change }));
    const code = await codeFor(pool.client);
    const error = await caughtError(() => exchange(pool.client, code));
    expect(error).toMatchObject({ code: 'cognito_unavailable' });
    expect(error.reason).toContain('has no tokens');
  });
});

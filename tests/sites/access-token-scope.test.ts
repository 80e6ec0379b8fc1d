/* Access tokens that userInfo does not accept (Amplify's, without `openid`), and refused calls that are not repeated. */
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { toAnswer } from '../support/site';
import { useSite, logIn } from '../support/site-code';
import { addPoolUser } from '../support/users';

const site = useSite({ cognito: { bearer: { enabled: true, provision: true } } });

const AMPLIFY = 'aws.cognito.signin.user.admin';

const accessToken = (name: string, scope?: string) =>
  site().pool.tokensFor(name, scope === undefined ? {} : { scope }).access_token;

async function bearer(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  return toAnswer(await fetch(`${site().strapi.url}/api/users/me`, { headers }));
}

const callsToCognito = () => site().pool.count('/oauth2/userInfo');

describe.each([AMPLIFY, 'email profile', `${AMPLIFY} openid2`, 'OPENID'])(
  'an access token with the scope %j',
  (scope) => {
    test.each(['GET', 'POST'])(
      'is an invalid token by %s, without a call to Cognito',
      async (method) => {
        const access_token = accessToken(addPoolUser(site()), scope);
        const answer = await (method === 'GET'
          ? site().exchange({ access_token })
          : site().exchangeByPost({ access_token }));
        expectRefusal(answer, 'token_use');
        expect(answer.body.error?.message).toContain('openid');
        expect(callsToCognito()).toBe(0);
      },
    );

    test('creates no user as bearer, without a call to Cognito', async () => {
      const token = accessToken(addPoolUser(site()), scope);
      for (let turn = 0; turn < 3; turn += 1) expect((await bearer(token)).status).toBe(401);
      expect(callsToCognito()).toBe(0);
      expect(await site().strapi.users()).toEqual([]);
    });

    test('authenticates its user as bearer, if they have logged in before', async () => {
      const name = addPoolUser(site());
      const { id } = expectLoggedIn(await logIn(site(), name)).user;
      site().pool.forgetRequests();
      expect(await bearer(accessToken(name, scope))).toMatchObject({ status: 200, body: { id } });
      expect(callsToCognito()).toBe(0);
    });
  },
);

test.each(['openid', `${AMPLIFY} openid email`, 'openid email profile'])(
  'one with the scope %j is sent to userInfo',
  async (scope) => {
    const access_token = accessToken(addPoolUser(site()), scope);
    await site().exchangeByPost({ access_token });
    expect(callsToCognito()).toBe(1);
  },
);

describe('a hundred bearer calls of an unknown user,', () => {
  const A_FEW = 5;

  /** The statuses of a hundred calls. */
  async function hundred(token: string): Promise<Set<number>> {
    const statuses = new Set<number>();
    for (let turn = 0; turn < 100; turn += 1) statuses.add((await bearer(token)).status);
    return statuses;
  }

  test.each<[string, () => Promise<string> | string]>([
    [
      'whose email is not verified',
      () => accessToken(addPoolUser(site(), { attributes: { email_verified: false } })),
    ],
    ['without an email', () => accessToken(addPoolUser(site()), 'openid')],
    [
      'who may not register',
      async () => {
        await site().strapi.advanced({ allow_register: false });
        return accessToken(addPoolUser(site()));
      },
    ],
    [
      'whose token is revoked at Cognito',
      () => {
        site().pool.injectFault('userInfo', { status: 401, body: { error: 'invalid_token' } });
        return accessToken(addPoolUser(site()));
      },
    ],
  ])('%s, call Cognito only a few times', async (_, prepare) => {
    const token = await prepare();
    const statuses = await hundred(token);
    expect([...statuses].filter((status) => status < 400)).toEqual([]);
    expect(callsToCognito()).toBeLessThanOrEqual(A_FEW);
    expect(await site().strapi.users()).toEqual([]);
  });

  test('that succeeds calls it once', async () => {
    expect(await hundred(accessToken(addPoolUser(site())))).toEqual(new Set([200]));
    expect(callsToCognito()).toBe(1);
    expect(await site().strapi.users()).toHaveLength(1);
  });

  test('that succeed at the same time create one user', async () => {
    const token = accessToken(addPoolUser(site()));
    const answers = await Promise.all(Array.from({ length: 20 }, () => bearer(token)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await site().strapi.users()).toHaveLength(1);
  });
});

import { expectLoggedIn, expectRefusal } from '../support/answers';
import { PLACES } from '../support/overrides';
import { type Site, answerOf } from '../support/site';
import { notes, setCode, useSite } from '../support/site-code';
import { newPerson } from '../support/users';

// What a second look at the plugin's place in users-permissions' own login has found.

describe.each(PLACES)('a gate in providers.connect, in %s', (_place, files) => {
  const siteOf = useSite({ files });
  let site: Site;

  /** By POST, with other parameters in the URL. */
  const post = async (query: Record<string, string>, body: unknown) =>
    answerOf(
      await fetch(`${site.exchangeUrl}?${new URLSearchParams(query).toString()}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );

  const GATE = `(stock, provider, query) => {
        own.notes.push(Object.keys(query).sort());
        const [, payload = ''] = String(query.id_token).split('.');
        const { email = '' } = payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url'));
        if (!email.endsWith('@corp.example')) throw new Error('Not one of us');
        return stock(provider, query);
      }`;

  beforeEach(async () => {
    site = siteOf();
    await setCode(site, { connect: GATE });
  });

  const tokenOf = (name: string) => site.pool.sign({ claims: site.pool.idClaims(name) });
  const colleague = () =>
    newPerson(site, { attributes: { email: `${Date.now()}@corp.example`, email_verified: true } });

  test('judges the token in the body, not one in the URL beside it', async () => {
    const id_token = tokenOf(colleague());
    const access_token = await site.code(newPerson(site));
    const { status, body } = await post({ id_token, tenant: 'acme' }, { access_token });
    expect({ status, message: body.error?.message }).toEqual({
      status: 400,
      message: 'Not one of us',
    });
    expect(await site.strapi.users()).toEqual([]);
    expect(await notes(site)).toEqual([['access_token', 'tenant']]);
  });

  test('judges it too where the site answers by a controller of its own', async () => {
    await setCode(site, {
      connect: GATE,
      callback: `async (ctx) => {
        const { id } = await strapi.plugin('users-permissions').service('providers').connect('cognito', ctx.query);
        ctx.body = { id };
      }`,
    });
    const id_token = tokenOf(colleague());
    const access_token = await site.code(newPerson(site));
    expect((await post({ id_token }, { access_token })).status).not.toBe(200);
    expect(await site.strapi.users()).toEqual([]);
  });

  test('lets in whom it judged', async () => {
    const own = tokenOf(newPerson(site));
    const { user } = expectLoggedIn(
      await post({ id_token: own }, { id_token: tokenOf(colleague()) }),
    );
    expect(user).toMatchObject({ email: expect.stringMatching(/@corp\.example$/) as string });
  });

  test('may hand other parameters on, by POST as by GET', async () => {
    await setCode(site, {
      connect: `(stock, provider, { assertion, ...query }) => stock(provider, { ...query, id_token: assertion })`,
    });
    const name = newPerson(site);
    const assertion = tokenOf(name);
    const byGet = expectLoggedIn(await site.exchange({ assertion, access_token: 'unused.a.b' }));
    const byPost = expectLoggedIn(await post({}, { assertion, access_token: 'unused.a.b' }));
    expect(byPost.user.id).toBe(byGet.user.id);
  });

  test('a code of an app stays in the body', async () => {
    await setCode(site, {});
    const code = { code: 'c', code_verifier: 'v'.repeat(43), redirect_uri: 'app://callback' };
    expectRefusal(await post(code, {}), 'invalid_request');
    expectRefusal(await site.exchange(code), 'invalid_request');
    expect(site.pool.count('/oauth2/token')).toBe(0);
  });
});

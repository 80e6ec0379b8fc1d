/* Policies and middlewares that the site has put on `GET /auth/:provider/callback`: they hold by GET and by POST. */
import { expectLoggedIn } from '../support/answers';
import { PLACES } from '../support/overrides';
import type { Answer, Site } from '../support/site';
import { WAYS, noted, notes, open, setCode, useBoth } from '../support/site-code';
import { PASSWORD, logInLocally, newPerson, newUser } from '../support/users';

const errorOf = ({ status, body }: Answer) => ({
  status,
  name: body.error?.name,
  message: body.error?.message,
});

describe.each(PLACES)('on the route, by %s', (_place, files) => {
  const siteOf = useBoth({ files });

  describe.each(WAYS)('%s, by %s', (provider, method, login) => {
    let site: Site;

    beforeEach(() => {
      site = siteOf(provider);
    });

    test.each([
      ['says no', '() => false'],
      [
        'throws',
        `() => { throw new (require('@strapi/utils').errors.PolicyError)('Only from the office'); }`,
      ],
    ])('a policy that %s: no login, no user', async (_, policy) => {
      await setCode(site, { policy });
      const name = newPerson(site);
      // Strapi drops what a policy said.
      expect(errorOf(await login(site, name))).toEqual({
        ...{ status: 403, name: 'ForbiddenError', message: 'Forbidden' },
      });
      expect(await site.strapi.users()).toEqual([]);
      await setCode(site, {});
      expectLoggedIn(await login(site, name));
    });

    test('a policy that is awaited reads the request: address, query, provider', async () => {
      await setCode(site, {
        policy: `async (ctx, strapi) => {
          const roles = await strapi.db.query('plugin::users-permissions.role').findMany({});
          own.notes.push({ ref: ctx.request.query.ref, provider: ctx.params.provider, roles: roles.length });
          return ctx.request.query.ref === 'partner';
        }`,
      });
      const name = newPerson(site);
      expect((await login(site, name)).status).toBe(403);
      expectLoggedIn(await login(site, name, { query: { ref: 'partner' } }));
      expect(await notes(site)).toEqual([
        { provider: 'cognito', roles: 2 },
        { ref: 'partner', provider: 'cognito', roles: 2 },
      ]);
    });

    test.each([
      ['a policy by its name', { tenant: 'closed' }],
      ['a policy by its name, with a configuration', { plan: 'gold' }],
    ])('%s', async (_, query) => {
      expect((await login(site, newPerson(site), { query })).status).toBe(403);
      expect(await site.strapi.users()).toEqual([]);
      expectLoggedIn(
        await login(site, newPerson(site), { query: { tenant: 'acme', plan: 'paid' } }),
      );
    });

    test('a middleware by its name sets a header, from a parameter of the site’s own', async () => {
      const query = { tenant: 'acme' };
      expect((await login(site, newPerson(site), { query })).headers.get('x-stamp')).toBe('acme');
      expect((await login(site, newPerson(site))).headers.get('x-stamp')).toBe('none');
    });

    test('a middleware sees the request, and the answer', async () => {
      await setCode(site, {
        middleware: `async (ctx, next) => {
          const { ref } = ctx.query;
          const { method } = ctx;
          await next();
          own.notes.push({ ref, method, user: ctx.body.user.email, status: ctx.status });
          ctx.body.greeting = 'hello ' + ref;
        }`,
      });
      const name = newPerson(site);
      const { status, body } = await login(site, name, { query: { ref: 'partner' } });
      expect({ status, body }).toMatchObject({ status: 200, body: { greeting: 'hello partner' } });
      expect(await notes(site)).toEqual([
        { ref: 'partner', method, user: `${name}@example.com`, status: 200 },
      ]);
    });

    test('a middleware that answers by itself: no login, no user', async () => {
      await setCode(site, {
        middleware: `(ctx) => { ctx.status = 503; ctx.body = { closed: true }; }`,
      });
      const { status, body } = await login(site, newPerson(site));
      expect({ status, body }).toEqual({ status: 503, body: { closed: true } });
      expect(await site.strapi.users()).toEqual([]);
    });

    test('a middleware that waits holds up its own login and no other', async () => {
      await setCode(site, {
        middleware: `async (ctx, next) => {
          if (ctx.query.slow) await new Promise((resolve) => { own.open = resolve; own.notes.push('held'); });
          return next();
        }`,
      });
      const held = login(site, newPerson(site), { query: { slow: '1' } });
      await noted(site, 1);
      expectLoggedIn(await login(site, newPerson(site)));
      await open(site);
      expectLoggedIn(await held);
    });
  });

  test('are not on other routes: a local login goes on', async () => {
    const site = siteOf('plugin');
    await setCode(site, { policy: '() => false' });
    await newUser(site, { email: 'pat@example.org', password: PASSWORD });
    expect((await logInLocally(site, 'pat@example.org')).status).toBe(200);
  });

  test('hold before anything that was brought is looked at', async () => {
    const site = siteOf('plugin');
    await setCode(site, { policy: '() => false' });
    for (const body of [{}, { id_token: 'garbage' }, { access_token: 'A'.repeat(43) }]) {
      expect((await site.exchangeByPost(body)).body.error?.message).toBe('Forbidden');
    }
    const access_token = site.pool.tokensFor(newPerson(site)).access_token;
    const refused = await site.exchangeByPost({ access_token });
    expect(refused.body.error?.message).toBe('Forbidden');
    expect(site.pool.requests).toEqual([]);
  });
});

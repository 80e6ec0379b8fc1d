/*
 * Controllers and services of users-permissions that the site overrides, and policies and middlewares that it adds to
 * `GET /auth/:provider/callback`, by an extension and in `register`: they apply to GET and POST.
 */
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { IN_EXTENSION, OVERRIDE_LOCATIONS } from '../support/overrides';
import { type Answer, type Site, toAnswer } from '../support/site';
import {
  LOGIN_METHODS,
  findLogLines,
  logIn,
  logInByPost,
  waitForNotes,
  notes,
  openGate,
  setCode,
  useBoth,
  useSite,
} from '../support/site-code';
import { policyError, strapiMajor } from '../support/strapi';
import {
  PASSWORD,
  updateUser,
  issueJwt,
  logInLocally,
  addPoolUser,
  createUser,
  getUser,
  request,
} from '../support/users';

/** In a `connect` of the site: asks the provider for the profile, as the stock `connect` does. */
const GET_PROFILE = `const getProfile = async () => {
  const providers = await strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' }).get();
  const { run } = strapi.plugin('users-permissions').service('providers-registry');
  return run({ provider, query, accessToken: query.access_token, providers, ...options });
};`;

const decodePayload = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

const getError = ({ status, body }: Answer) => ({
  status,
  name: body.error?.name,
  message: body.error?.message,
});

const getMessage = ({ status, body }: Answer) => ({ status, message: body.error?.message });

describe.each(OVERRIDE_LOCATIONS)('overrides in %s', (_place, files) => {
  const getSite = useBoth({ files });

  describe.each(LOGIN_METHODS)('%s, by %s', (provider, _method, login) => {
    let site: Site;

    beforeEach(() => {
      site = getSite(provider);
    });

    describe('auth.callback', () => {
      test('wrapped, extends the response and sets a cookie', async () => {
        await setCode(site, {
          callback: `async (ctx, next, stock) => {
            await stock(ctx, next);
            ctx.body = { ...ctx.body, plan: 'free', provider: ctx.params.provider };
            ctx.cookies.set('site_session', 'a-session', { httpOnly: true });
          }`,
        });
        const { status, body, headers } = await login(site, addPoolUser(site));
        expect({ status, body }).toMatchObject({
          status: 200,
          body: { plan: 'free', provider: 'cognito', user: { provider: 'cognito' } },
        });
        expect(headers.get('set-cookie')).toContain('site_session=a-session');
        expect((await site.me(body.jwt ?? '')).status).toBe(200);
      });

      test('replaced, responds as the site decides', async () => {
        await setCode(site, {
          callback: `async (ctx) => {
            const up = strapi.plugin('users-permissions');
            const grantResponse = ctx.session?.grant?.response;
            const user = await up.service('providers').connect(ctx.params.provider, ctx.query, { grantResponse });
            const row = await strapi.query('plugin::users-permissions.user').findOne({ where: { id: user.id }, populate: ['role'] });
            ctx.send({ token: up.service('jwt').issue({ id: user.id }), name: user.username, role: row.role.type });
          }`,
        });
        const name = addPoolUser(site);
        const { status, body } = await login(site, name);
        const { token } = body as unknown as { token: string };
        expect({ status, body }).toEqual({
          status: 200,
          body: { token, name, role: 'authenticated' },
        });
        expect((await site.me(token)).body.email).toBe(`${name}@example.com`);
      });

      test('replaced, gets the credentials from the query of the request as well', async () => {
        await setCode(site, {
          callback: `async (ctx) => {
            const { connect } = strapi.plugin('users-permissions').service('providers');
            const grantResponse = ctx.session?.grant?.response;
            const user = await connect(ctx.params.provider, ctx.request.query, { grantResponse });
            ctx.send({ name: user.username });
          }`,
        });
        const name = addPoolUser(site);
        expect((await login(site, name)).body).toEqual({ name });
      });

      test('reads a parameter of the site, and refuses because of it', async () => {
        await setCode(site, {
          callback: `(ctx, next, stock) => ctx.query.tenant === 'acme' ? stock(ctx, next) : ctx.forbidden('Wrong tenant')`,
        });
        const name = addPoolUser(site);
        const refused = await login(site, name, { query: { tenant: 'other' } });
        expect(getMessage(refused)).toEqual({ status: 403, message: 'Wrong tenant' });
        expect(await site.strapi.users()).toEqual([]);
        expectLoggedIn(await login(site, name, { query: { tenant: 'acme' } }));
      });

      test.each(['ctx', 'ctx.request'])('sets the query of %s', async (owner) => {
        await setCode(site, {
          callback: `(ctx, next, stock) => {
            'use strict';
            ${owner}.query = { ...ctx.query, tenant: 'acme' };
            return stock(ctx, next);
          }`,
          connect: `(stock, provider, query, ...rest) => {
            own.notes.push(query.tenant);
            return stock(provider, query, ...rest);
          }`,
        });
        expectLoggedIn(await login(site, addPoolUser(site)));
        expect(await notes(site)).toEqual(['acme']);
      });

      test('responds itself while the provider is off', async () => {
        await setCode(site, {
          callback: `(ctx, next, stock) => stock(ctx, next).catch((error) => {
            const { ApplicationError } = require('@strapi/utils').errors;
            own.notes.push(error instanceof ApplicationError);
            ctx.redirect('/closed?' + error.message);
          })`,
        });
        await site.strapi.setGrant({ enabled: false });
        try {
          const { id_token } = site.pool.tokensFor(addPoolUser(site));
          const query = `?access_token=${id_token}&id_token=${id_token}`;
          const response = await fetch(site.exchangeUrl + query, { redirect: 'manual' });
          expect(response.status).toBe(302);
          expect(response.headers.get('location')).toMatch(
            /^\/closed\?This%20provider%20is%20disabled$/,
          );
          expect(await notes(site)).toEqual([true]);
        } finally {
          await site.strapi.setGrant({ enabled: true });
        }
      });

      test('catches a refusal and responds itself', async () => {
        await site.strapi.advanced({ allow_register: false });
        await setCode(site, {
          callback: `async (ctx, next, stock) => {
            try {
              await stock(ctx, next);
            } catch (error) {
              ctx.status = 418;
              ctx.body = { sorry: error.message, name: error.name };
            }
          }`,
        });
        const { status, body } = await login(site, addPoolUser(site));
        expect({ status, body }).toMatchObject({ status: 418, body: { name: 'ApplicationError' } });
        expect((body as { sorry?: string }).sorry).toMatch(
          /^Register action is actually not available\./,
        );
      });
    });

    test.each([
      ['an error with details', `new errors.NotFoundError(message, { hint: 'help' })`],
      ['an error with a status', `ctx.throw(404, message, { details: { hint: 'help' } })`],
    ])('auth.callback that catches a refusal and throws %s', async (_, thrown) => {
      await site.strapi.advanced({ allow_register: false });
      await setCode(site, {
        callback: `async (ctx, next, stock) => {
          const { errors } = require('@strapi/utils');
          await stock(ctx, next).catch(({ message }) => {
            throw ${thrown};
          });
        }`,
      });
      const { status, body } = await login(site, addPoolUser(site));
      expect(status).toBe(404);
      expect(body.error).toMatchObject({
        name: 'NotFoundError',
        message: expect.stringMatching(/^Register action is actually not available\./) as string,
        details: { hint: 'help' },
      });
    });

    test('auth.callback that throws a refusal again, with null as its details', async () => {
      await site.strapi.advanced({ allow_register: false });
      await setCode(site, {
        callback: `async (ctx, next, stock) => {
          const { ApplicationError } = require('@strapi/utils').errors;
          await stock(ctx, next).catch(({ message }) => {
            throw new ApplicationError(message, null);
          });
        }`,
      });
      const { status, body } = await login(site, addPoolUser(site));
      expect(status).toBe(provider === 'plugin' ? 403 : 400);
      expect(body.error?.message).toMatch(/^Register action is actually not available\./);
    });

    test('code that asks who logs in before it calls the original', async () => {
      const ask = `(query) => strapi.plugin('users-permissions').service('providers-registry').run({
        provider: 'cognito',
        query,
        accessToken: query.access_token,
        providers: own.grant,
        grantResponse,
      })`;
      await site.strapi.run(async (strapi) => {
        const { own } = globalThis as unknown as { own: { grant: unknown } };
        const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
        own.grant = await store.get();
      });
      await setCode(site, {
        callback: `async (ctx, next, stock) => {
          const grantResponse = ctx.session?.grant?.response;
          const { email } = await (${ask})(ctx.query);
          const { connect } = strapi.plugin('users-permissions').service('providers');
          const user = await connect('cognito', ctx.query, { grantResponse });
          own.notes.push([email, user.email]);
          return stock(ctx, next);
        }`,
        connect: `async (stock, provider, query, ...rest) => {
          const { grantResponse } = rest[0] ?? {};
          const { email } = await (${ask})(query);
          own.notes.push(email);
          return stock(provider, query, ...rest);
        }`,
      });
      const name = addPoolUser(site);
      const email = `${name}@example.com`;
      for (let turn = 0; turn < 2; turn += 1) expectLoggedIn(await login(site, name));
      expect(await notes(site)).toEqual([
        email,
        [email, email],
        email,
        email,
        [email, email],
        email,
      ]);
      expect(await site.strapi.users()).toHaveLength(1);
      if (provider === 'built-in') return;
      // A one-time code works for one request.
      const access_token = await site.code(addPoolUser(site));
      expectLoggedIn(await site.exchange({ access_token }));
      expect((await site.exchange({ access_token })).status).toBe(400);
      expect(await site.rows('lease')).toEqual([]);
    });

    test('code that calls the original again after it has failed gets the same error', async () => {
      await site.strapi.advanced({ allow_register: false });
      await setCode(site, {
        connect: `(stock, ...call) => stock(...call).catch(() => stock(...call))`,
      });
      const name = addPoolUser(site);
      const refused = [await login(site, name)];
      if (provider === 'plugin') {
        refused.push(await site.exchange({ access_token: await site.code(name) }));
      }
      for (const { body } of refused) {
        expect(body.error?.message).toMatch(/^Register action is actually not available\./);
      }
    });

    test('run of providers-registry, wrapped, refuses and adds fields', async () => {
      await site.strapi.run((strapi) => {
        const { own } = globalThis as unknown as { own: { code: Record<string, never> } };
        type Run = (request: unknown) => Promise<object>;
        interface Registry {
          run: Run;
          stock?: Run;
        }
        const registry = strapi
          .plugin('users-permissions')
          .service('providers-registry') as unknown as Registry;
        registry.stock ??= registry.run;
        registry.run = async function (this: Required<Registry>, request) {
          return (own.code.profile as unknown as (profile: object) => object)(
            await this.stock(request),
          );
        };
      });
      await setCode(site, {
        profile: `(profile) => {
          if (!profile.email.startsWith(profile.username)) throw new Error('Only for staff');
          return { ...profile, username: 'Staff ' + profile.username, confirmationToken: 'by the site' };
        }`,
      });
      const name = addPoolUser(site);
      try {
        const refused = await login(site, name, { claims: { 'cognito:username': 'visitor' } });
        expect(getMessage(refused)).toEqual({ status: 400, message: 'Only for staff' });
        expect(await site.strapi.users()).toEqual([]);
        const { user } = expectLoggedIn(await login(site, name));
        expect(user).toMatchObject({ username: `Staff ${name}` });
        expect(expectLoggedIn(await login(site, name)).user.id).toBe(user.id);
        expect(await getUser(site, user.id)).toMatchObject({ confirmationToken: 'by the site' });

        await setCode(site, { profile: `(profile) => ({ ...profile, email: '' })` });
        expect(getMessage(await login(site, addPoolUser(site)))).toEqual({
          status: 400,
          message: 'Email was not available.',
        });
        await setCode(site, { profile: `() => undefined` });
        expect((await login(site, addPoolUser(site))).status).toBe(400);
        await setCode(site, { profile: `(profile) => ({ ...profile, blocked: true })` });
        const { body } = await login(site, addPoolUser(site));
        expect(body.error?.message).toMatch(/blocked/);
        expect((await site.strapi.users()).map(({ blocked }) => blocked)).toEqual([false, true]);
      } finally {
        await site.strapi.run((strapi) => {
          const registry = strapi.plugin('users-permissions').service('providers-registry');
          if (registry.stock) registry.run = registry.stock;
        });
      }
    });

    test('user.fetch that needs a user who is logged in is not called', async () => {
      await site.strapi.run((strapi) => {
        const users = strapi.plugin('users-permissions').service('user');
        users.stockFetch = users.fetch!;
        users.fetch = () => {
          throw new Error('no user is logged in');
        };
      });
      try {
        const name = addPoolUser(site);
        for (let turn = 0; turn < 2; turn += 1) expectLoggedIn(await login(site, name));
      } finally {
        await site.strapi.run((strapi) => {
          const users = strapi.plugin('users-permissions').service('user');
          if (users.stockFetch) users.fetch = users.stockFetch;
        });
      }
    });

    describe('providers.connect', () => {
      test('that throws refuses the login: no user', async () => {
        await setCode(site, { connect: `() => { throw new Error('Not in the club'); }` });
        expect(getMessage(await login(site, addPoolUser(site)))).toEqual({
          status: 400,
          message: 'Not in the club',
        });
        expect(await site.strapi.users()).toEqual([]);
      });

      test('that runs a query accepts or refuses', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, ...more) => {
            const roles = await strapi.db.query('plugin::users-permissions.role').findMany({});
            await new Promise((resolve) => setTimeout(resolve, 20));
            if (query.tenant !== 'acme' || roles.length === 0) throw new Error('Not your tenant');
            own.notes.push(provider);
            return stock(provider, query, ...more);
          }`,
        });
        const name = addPoolUser(site);
        expect(getMessage(await login(site, name))).toEqual({
          status: 400,
          message: 'Not your tenant',
        });
        expect(await site.strapi.users()).toEqual([]);
        expectLoggedIn(await login(site, name, { query: { tenant: 'acme' } }));
        expect(await notes(site)).toEqual(['cognito']);
      });

      test('that refuses after the original returns no JWT', async () => {
        await setCode(site, {
          connect: `async (stock, ...args) => {
            const user = await stock(...args);
            throw new Error('Waiting for approval: ' + user.username);
          }`,
        });
        const name = addPoolUser(site);
        for (let turn = 0; turn < 2; turn += 1) {
          expect(getMessage(await login(site, name))).toEqual({
            status: 400,
            message: `Waiting for approval: ${name}`,
          });
        }
        expect(await site.strapi.users()).toHaveLength(1);
      });

      test('that returns another user logs that one in', async () => {
        const other = await createUser(site, { email: 'office@example.org' });
        await setCode(site, {
          connect: `async (stock, ...args) => {
            await stock(...args);
            return strapi.query('plugin::users-permissions.user').findOne({ where: { email: 'office@example.org' } });
          }`,
        });
        const { jwt, user } = expectLoggedIn(await login(site, addPoolUser(site)));
        expect(user.id).toBe(other.id);
        expect((await site.me(jwt)).body.id).toBe(other.id);
        if (provider === 'built-in') return;
        await site.strapi.run((strapi) =>
          strapi.plugin('cognito').service('login-records').flush?.(),
        );
        expect((await site.rows('login-record', ['account'])).at(-1)).toMatchObject({
          outcome: 'ok',
          account: { id: other.id },
        });
      });

      test('that asks for the profile if the email is taken, and links by it, if it is verified', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, options = {}) => {
            try {
              return await stock(provider, query, options);
            } catch (error) {
              ${GET_PROFILE}
              const { email } = await getProfile();
              return strapi.query('plugin::users-permissions.user').findOne({ where: { email } });
            }
          }`,
        });
        const name = addPoolUser(site);
        const { id } = await createUser(site, { email: `${name}@example.com` });
        for (let turn = 0; turn < 2; turn += 1) {
          expect(expectLoggedIn(await login(site, name)).user.id).toBe(id);
        }
        if (provider === 'built-in') return;
        const attributes = { email: `${name}@example.com` };
        // Now the user has a Cognito account, and no other one gets the user.
        expectRefusal(await login(site, addPoolUser(site, { attributes })), 'email_taken');
        const other = await createUser(site);
        const unproven = addPoolUser(site, {
          attributes: { email: other.email, email_verified: false },
        });
        expectRefusal(await login(site, unproven), 'email_not_verified');
        await updateUser(site, id, { confirmed: false });
        await site.strapi.advanced({ email_confirmation: true });
        expectRefusal(await login(site, name), 'email_not_verified');
      });

      test('that asks for the profile first, and makes the user one of cognito, if the email is verified', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, options = {}) => {
            ${GET_PROFILE}
            const { email } = await getProfile();
            const users = strapi.query('plugin::users-permissions.user');
            await users.updateMany({ where: { email }, data: { provider } });
            return stock(provider, query, options);
          }`,
        });
        const name = addPoolUser(site);
        const { id } = await createUser(site, { email: `${name}@example.com` });
        if (provider === 'plugin') {
          const unverified = await login(site, name, { claims: { email_verified: false } });
          expectRefusal(unverified, 'email_not_verified');
          expect(await getUser(site, id)).toMatchObject({ provider: 'local' });
        }
        for (let turn = 0; turn < 2; turn += 1) {
          expect(expectLoggedIn(await login(site, name)).user.id).toBe(id);
        }
        expect(await site.strapi.users()).toMatchObject([{ id, provider: 'cognito' }]);
        if (provider === 'plugin') {
          await site.strapi.run((strapi) =>
            strapi.plugin('cognito').service('login-records').flush?.(),
          );
          // The logins that succeeded have not been refused before.
          const { sub } = site.pool.idClaims(name);
          const own = (await site.rows('login-record')).filter(({ subject }) => subject === sub);
          expect(new Set(own.map(({ outcome }) => outcome))).toEqual(
            new Set(['email_not_verified', 'ok']),
          );
        }
      });

      test('that asks for the profile first, and creates an invited user while registration is off', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, options = {}) => {
            ${GET_PROFILE}
            const { username, email } = await getProfile();
            const users = strapi.query('plugin::users-permissions.user');
            if (query.invited && !(await users.findOne({ where: { email } }))) {
              const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
              await users.create({ data: { username, email, provider, role: role.id, confirmed: true } });
            }
            return stock(provider, query, options);
          }`,
        });
        await site.strapi.advanced({ allow_register: false });
        const name = addPoolUser(site);
        const refused = await login(site, name);
        expect(refused.body.error?.message).toMatch(/^Register action is actually not available/);
        if (provider === 'plugin') expectRefusal(refused, 'registration_disabled');
        const { user } = expectLoggedIn(await login(site, name, { query: { invited: '1' } }));
        expect(expectLoggedIn(await login(site, name)).user.id).toBe(user.id);
      });

      test('that asks for the profile first, and refuses a blocked user with a message of its own', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, options = {}) => {
            ${GET_PROFILE}
            const { email } = await getProfile();
            const user = await strapi.query('plugin::users-permissions.user').findOne({ where: { email } });
            if (user?.blocked && query.tenant === 'shop') throw new Error('Call the shop');
            return stock(provider, query, options);
          }`,
        });
        const name = addPoolUser(site);
        const { id } = expectLoggedIn(await login(site, name)).user;
        await updateUser(site, id, { blocked: true });
        const own = await login(site, name, { query: { tenant: 'shop' } });
        expect(own.body.error?.message).toBe('Call the shop');
        expect((await login(site, name)).body.error?.message).toMatch(
          /blocked by an administrator/,
        );
      });

      describe('that asks for the profile, and does not call the original,', () => {
        /** As in users-permissions, except that any user with the email is that of the login. */
        const LINK_BY_EMAIL = `async (stock, provider, query, options = {}) => {
          if (!(query.access_token || query.code || query.oauth_token)) throw new Error('No access_token.');
          ${GET_PROFILE}
          const { username, email } = await getProfile();
          const users = strapi.query('plugin::users-permissions.user');
          const user = await users.findOne({ where: { email } });
          if (user) return user;
          const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
          return users.create({ data: { username, email, provider, role: role.id, confirmed: true } });
        }`;

        test('lets a user of another provider in by a verified email', async () => {
          await setCode(site, { connect: LINK_BY_EMAIL });
          const name = addPoolUser(site);
          const { id } = await createUser(site, { email: `${name}@example.com` });
          if (provider === 'plugin') {
            const unverified = await login(site, name, { claims: { email_verified: false } });
            expectRefusal(unverified, 'email_not_verified');
          }
          for (let turn = 0; turn < 2; turn += 1) {
            expect(expectLoggedIn(await login(site, name)).user.id).toBe(id);
          }
          expect(await site.strapi.users()).toMatchObject([{ id, provider: 'local' }]);
        });

        test('creates users while registration is off', async () => {
          await setCode(site, { connect: LINK_BY_EMAIL });
          await site.strapi.advanced({ allow_register: false });
          const name = addPoolUser(site);
          const { user } = expectLoggedIn(await login(site, name));
          expect(expectLoggedIn(await login(site, name)).user.id).toBe(user.id);
        });

        test('lets no blocked user in', async () => {
          await setCode(site, { connect: LINK_BY_EMAIL });
          const name = addPoolUser(site);
          await createUser(site, { email: `${name}@example.com`, blocked: true });
          const { body } = await login(site, name);
          expect(body.error?.message).toMatch(/^Your account has been blocked by an administrator/);
          if (provider === 'plugin') expect(body.error?.details.code).toBe('user_blocked');
        });
      });

      test('that asks an API of its own who logs in, and returns the user with that email', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, ...rest) => {
            const { email } = JSON.parse(Buffer.from(query.id_token.split('.')[1], 'base64url'));
            const user = await strapi.query('plugin::users-permissions.user').findOne({ where: { email } });
            return user ?? stock(provider, query, ...rest);
          }`,
        });
        const name = addPoolUser(site);
        const { id } = await createUser(site, { email: `${name}@example.com` });
        for (let turn = 0; turn < 2; turn += 1) {
          expect(expectLoggedIn(await login(site, name)).user.id).toBe(id);
        }
      });

      test('that ends while it still waits for the profile does not hold up the next login', async () => {
        await setCode(site, {
          connect: `async (stock, provider, query, options = {}) => {
            ${GET_PROFILE}
            if (query.tenant) {
              own.pending = getProfile();
              throw new Error('No such tenant');
            }
            await own.pending;
            return stock(provider, query, options);
          }`,
        });
        const name = addPoolUser(site);
        const refused = await login(site, name, { query: { tenant: 'none' } });
        expect(getMessage(refused)).toEqual({ status: 400, message: 'No such tenant' });
        expectLoggedIn(await login(site, name));
      });

      test('that compares the message of a refusal, as does auth.callback', async () => {
        await setCode(site, {
          connect: `(stock, ...args) => stock(...args).catch((error) => {
            own.notes.push(error.message);
            throw error;
          })`,
          callback: `(ctx, next, stock) => stock(ctx, next).catch((error) => {
            own.notes.push(error.message);
            throw error;
          })`,
        });
        const name = addPoolUser(site);
        await createUser(site, { email: `${name}@example.com` });
        const taken = await login(site, name);
        await site.strapi.advanced({ allow_register: false });
        const disabled = await login(site, addPoolUser(site));
        const empty = await site.exchange({});
        expect(await notes(site)).toEqual(
          [
            'Email is already taken.',
            'Register action is actually not available.',
            'No access_token.',
          ].flatMap((message) => [message, message]),
        );
        if (provider === 'built-in') return;
        // The end user gets advice.
        expect(taken.body.error?.message).toMatch(/^Email is already taken\. .*Log in to that/);
        expect(taken.body.error?.details.code).toBe('email_taken');
        expect(disabled.body.error?.message).toMatch(/currently disabled\.$/);
        expect(empty.body.error?.message).toMatch(/^No access_token\. Send/);
      });

      test('that returns a blocked user: auth.callback gets the message of the built-in provider', async () => {
        await createUser(site, { email: 'office@example.org', blocked: true });
        await setCode(site, {
          connect: `async (stock, ...args) => {
            await stock(...args);
            return strapi.query('plugin::users-permissions.user').findOne({ where: { email: 'office@example.org' } });
          }`,
          callback: `(ctx, next, stock) => stock(ctx, next).catch((error) => {
            own.notes.push(error.message);
            throw error;
          })`,
        });
        expect((await login(site, addPoolUser(site))).status).toBeGreaterThanOrEqual(400);
        expect(await notes(site)).toEqual(['Your account has been blocked by an administrator']);
      });

      test('that changes the user changes the row and the response', async () => {
        await setCode(site, {
          connect: `async (stock, ...args) => {
            const { id } = await stock(...args);
            return strapi.entityService.update('plugin::users-permissions.user', id, { data: { username: 'member-' + id } });
          }`,
        });
        const { user } = expectLoggedIn(await login(site, addPoolUser(site)));
        const username = `member-${String(user.id)}`;
        expect(user).toMatchObject({ username });
        expect(await getUser(site, user.id)).toMatchObject({ username });
      });
    });

    describe('providers.connect, replaced,', () => {
      const OWN_CONNECT = `async (stock, provider, query) => {
        // A library of the site verifies the token.
        const claims = JSON.parse(Buffer.from(query.id_token.split('.')[1], 'base64url'));
        const users = strapi.query('plugin::users-permissions.user');
        const user = await users.findOne({ where: { email: claims.email } });
        if (user) return user;
        const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
        const data = { username: claims['cognito:username'], email: claims.email, provider, role: role.id };
        return users.create({ data: { ...data, confirmed: false, resetPasswordToken: 'by the site' } });
      }`;

      test('that verifies the token itself', async () => {
        await setCode(site, { connect: OWN_CONNECT });
        const name = addPoolUser(site);
        const { jwt, user } = expectLoggedIn(await login(site, name));
        expect((await site.me(jwt)).body.id).toBe(user.id);
        expect(expectLoggedIn(await login(site, name)).user.id).toBe(user.id);
        expect(await site.strapi.users()).toMatchObject([
          { id: user.id, confirmed: false, resetPasswordToken: 'by the site' },
        ]);
      });

      test('that returns a user and an error, as early versions of Strapi 4', async () => {
        await setCode(site, {
          connect: `async (...args) => [await (${OWN_CONNECT})(...args), null]`,
          callback: `async (ctx) => {
            const service = (name) => strapi.plugin('users-permissions').service(name);
            const [user] = await service('providers').connect(ctx.params.provider, ctx.query);
            ctx.body = { jwt: service('jwt').issue({ id: user.id }), user };
          }`,
        });
        const name = addPoolUser(site);
        const { user } = expectLoggedIn(await login(site, name));
        expect(expectLoggedIn(await login(site, name)).user.id).toBe(user.id);
        expect(await site.strapi.users()).toHaveLength(1);
      });

      test('that returns no user', async () => {
        await setCode(site, { connect: `async () => undefined` });
        const { status, body } = await login(site, addPoolUser(site));
        expect(status).toBe(400);
        expect(body.error?.message).toMatch(/^Cannot read properties of undefined/);
      });
    });

    test('providers.connect, called with a request context of the site’s own, such as for a web socket', async () => {
      await setCode(site, {
        callback: `async (ctx) => {
          const { providers, jwt } = strapi.plugin('users-permissions').services;
          const { query } = ctx;
          const logIn = async () => {
            const { id, username } = await providers.connect('cognito', query, { grantResponse: query });
            return { name: username, jwt: jwt.issue({ id }) };
          };
          const context = { state: {}, request: { ip: '192.0.2.1' } };
          ctx.body = await strapi.requestContext.run(context, logIn);
        }`,
      });
      const name = addPoolUser(site);
      for (let turn = 0; turn < 2; turn += 1) {
        const { body } = await login(site, name, { claims: { auth_time: 1_000_000_000 } });
        expect(body).toMatchObject({ name });
        if (provider === 'plugin') expect(decodePayload(body.jwt!).auth_time).toBe(1_000_000_000);
      }
    });

    test('strapi.query, wrapped, or what users-permissions calls on Strapi 5, sees its users', async () => {
      await site.strapi.run((strapi, major: number) => {
        const holder = major === 4 ? strapi : strapi.db;
        const query = holder.query.bind(holder);
        const calls: string[] = [];
        holder.query = (uid) => {
          if (uid !== 'plugin::users-permissions.user') return query(uid);
          return new Proxy(query(uid), {
            get(target, name) {
              calls.push(String(name));
              return Reflect.get(target, name) as unknown;
            },
          });
        };
        Object.assign(globalThis, { calls, unwrap: () => (holder.query = query) });
      }, strapiMajor);
      try {
        expectLoggedIn(await login(site, addPoolUser(site)));
      } finally {
        const calls = await site.strapi.run(() => {
          const { calls, unwrap } = globalThis as unknown as {
            calls: string[];
            unwrap: () => void;
          };
          unwrap();
          return calls;
        });
        expect(calls).toEqual(expect.arrayContaining(['findMany', 'create']));
      }
    });

    describe('jwt.issue', () => {
      test('with a payload of a class: the JWT contains what its toJSON returns', async () => {
        await setCode(site, {
          issue: `(stock, { id }, options) => {
            class Payload { toJSON() { return { id, tenant: 'acme' }; } }
            return stock(new Payload(), options);
          }`,
        });
        const { jwt, user } = expectLoggedIn(await login(site, addPoolUser(site)));
        expect(decodePayload(jwt)).toMatchObject({ id: user.id, tenant: 'acme' });
      });

      test('with more in the payload: the JWT contains it, and works', async () => {
        await setCode(site, {
          issue: `(stock, payload, options) => stock({ ...payload, tenant: 'acme' }, options)`,
        });
        const { jwt, user } = expectLoggedIn(await login(site, addPoolUser(site)));
        expect(decodePayload(jwt)).toMatchObject({ id: user.id, tenant: 'acme' });
        expect((await site.me(jwt)).body.id).toBe(user.id);
      });

      test('that has to be awaited, by a callback that awaits it', async () => {
        await setCode(site, {
          issue: `async (stock, payload, options) => {
            const user = await strapi.query('plugin::users-permissions.user').findOne({ where: { id: payload.id }, populate: ['role'] });
            return stock({ ...payload, role: user.role.type }, options);
          }`,
          callback: `async (ctx, next, stock) => {
            await stock(ctx, next);
            ctx.body = { ...ctx.body, jwt: await ctx.body.jwt };
          }`,
        });
        const { jwt } = expectLoggedIn(await login(site, addPoolUser(site)));
        expect(decodePayload(jwt)).toMatchObject({ role: 'authenticated' });
      });
    });

    test('user.fetchAuthenticatedUser and user.me: the site’s changes are used', async () => {
      await setCode(site, {
        fetch: `async (stock, id) => {
          const user = await stock(id);
          return user && { ...user, plan: 'of ' + user.username };
        }`,
        me: `(ctx) => { ctx.body = { id: ctx.state.user.id, plan: ctx.state.user.plan }; }`,
      });
      const name = addPoolUser(site);
      const { jwt, user } = expectLoggedIn(await login(site, name));
      expect((await site.me(jwt)).body).toEqual({ id: user.id, plan: `of ${name}` });
    });
  });

  describe.each(LOGIN_METHODS)('on the route, with %s, by %s', (provider, method, login) => {
    let site: Site;

    beforeEach(() => {
      site = getSite(provider);
    });

    test.each([
      ['says no', '() => false', policyError()],
      [
        'throws',
        `() => { throw new (require('@strapi/utils').errors.PolicyError)('Only from the office'); }`,
        policyError('Only from the office'),
      ],
    ])('a policy that %s: no login, no user', async (_, policy, expected) => {
      await setCode(site, { policy });
      const name = addPoolUser(site);
      expect(getError(await login(site, name))).toEqual(expected);
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
      const name = addPoolUser(site);
      expect((await login(site, name)).status).toBe(403);
      expectLoggedIn(await login(site, name, { query: { ref: 'partner' } }));
      expect(await notes(site)).toEqual([
        { provider: 'cognito', roles: 2 },
        { ref: 'partner', provider: 'cognito', roles: 2 },
      ]);
    });

    test.each([
      ['a policy by name', { tenant: 'closed' }],
      ['a policy by name, with a configuration', { plan: 'gold' }],
    ])('%s', async (_, query) => {
      expect((await login(site, addPoolUser(site), { query })).status).toBe(403);
      expect(await site.strapi.users()).toEqual([]);
      expectLoggedIn(
        await login(site, addPoolUser(site), { query: { tenant: 'acme', plan: 'paid' } }),
      );
    });

    test('a middleware by name sets a header, from a parameter of the site', async () => {
      const query = { tenant: 'acme' };
      expect((await login(site, addPoolUser(site), { query })).headers.get('x-stamp')).toBe('acme');
      expect((await login(site, addPoolUser(site))).headers.get('x-stamp')).toBe('none');
    });

    test('a middleware sees the request and the response', async () => {
      await setCode(site, {
        middleware: `async (ctx, next) => {
          const { ref } = ctx.query;
          const { method } = ctx;
          await next();
          own.notes.push({ ref, method, user: ctx.body.user.email, status: ctx.status });
          ctx.body.greeting = 'hello ' + ref;
        }`,
      });
      const name = addPoolUser(site);
      const { status, body } = await login(site, name, { query: { ref: 'partner' } });
      expect({ status, body }).toMatchObject({ status: 200, body: { greeting: 'hello partner' } });
      expect(await notes(site)).toEqual([
        { ref: 'partner', method, user: `${name}@example.com`, status: 200 },
      ]);
    });

    test('a middleware that derives the context of the request from Koa’s', async () => {
      await setCode(site, {
        middleware: `(ctx, next) => strapi.requestContext.run(Object.create(ctx, { tenant: { value: 'acme' } }), next)`,
        connect: `(original, ...args) => {
          own.notes.push(strapi.requestContext.get().tenant);
          return original(...args);
        }`,
      });
      expectLoggedIn(await login(site, addPoolUser(site)));
      expect(await notes(site)).toEqual(['acme']);
    });

    test('a middleware that responds itself: no login, no user', async () => {
      await setCode(site, {
        middleware: `(ctx) => { ctx.status = 503; ctx.body = { closed: true }; }`,
      });
      const { status, body } = await login(site, addPoolUser(site));
      expect({ status, body }).toEqual({ status: 503, body: { closed: true } });
      expect(await site.strapi.users()).toEqual([]);
    });

    test('a middleware that waits delays its own login and no other', async () => {
      await setCode(site, {
        middleware: `async (ctx, next) => {
          if (ctx.query.slow) await new Promise((resolve) => { own.open = resolve; own.notes.push('held'); });
          return next();
        }`,
      });
      const held = login(site, addPoolUser(site), { query: { slow: '1' } });
      await waitForNotes(site, 1);
      expectLoggedIn(await login(site, addPoolUser(site)));
      await openGate(site);
      expectLoggedIn(await held);
    });
  });

  test.each([
    ['returns its response', `return { name: user.username };`, 200, 'ok'],
    ['sets an error', `ctx.badRequest('Not today');`, 400, 'registration_refused'],
  ])(
    'the record of a login whose callback %s says how it ended',
    async (_, end, status, outcome) => {
      const site = getSite('plugin');
      await setCode(site, {
        callback: `async (ctx) => {
        const { connect } = strapi.plugin('users-permissions').service('providers');
        const user = await connect(ctx.params.provider, ctx.query);
        ${end}
      }`,
      });
      expect((await logIn(site, addPoolUser(site))).status).toBe(status);
      await site.strapi.run(async (strapi) => {
        await strapi.plugin('cognito').service('login-records').flush?.();
      });
      expect(await site.rows('login-record')).toMatchObject([{ outcome }]);
    },
  );

  test('policies do not apply to other routes: a local login works', async () => {
    const site = getSite('plugin');
    await setCode(site, { policy: '() => false' });
    await createUser(site, { email: 'pat@example.org', password: PASSWORD });
    expect((await logInLocally(site, 'pat@example.org')).status).toBe(200);
  });

  test('policies run before the credentials are read', async () => {
    const site = getSite('plugin');
    await setCode(site, { policy: '() => false' });
    for (const body of [{}, { id_token: 'garbage' }, { access_token: 'A'.repeat(43) }]) {
      expect(getError(await site.exchangeByPost(body))).toEqual(policyError());
    }
    const access_token = site.pool.tokensFor(addPoolUser(site)).access_token;
    expect(getError(await site.exchangeByPost({ access_token }))).toEqual(policyError());
    expect(site.pool.requests).toEqual([]);
  });

  describe.each(['built-in', 'plugin'] as const)('%s', (provider) => {
    let site: Site;

    beforeEach(() => {
      site = getSite(provider);
    });

    test('auth.connect, wrapped, extends the response and can refuse', async () => {
      await setCode(site, {
        connectPage: `(ctx, next, stock) => {
          if (ctx.query.closed) return ctx.forbidden('Closed today');
          ctx.set('x-site', 'here');
          return stock(ctx, next);
        }`,
      });
      const { status, location, headers } = await new Browser().get(site.connectUrl);
      expect(status).toBe(302);
      // The built-in provider requires https, which the pool does not have.
      expect(location).toContain('/oauth2/authorize?');
      expect(headers['x-site']).toBe('here');
      const closed = await new Browser().get(`${site.connectUrl}?closed=1`);
      expect(closed.status).toBe(403);
      expect(closed.body).toContain('Closed today');
    });

    test('auth.connect, wrapped, changes what Grant asks for', async () => {
      await setCode(site, {
        connectPage: `(ctx, next, stock) => {
          const custom_params = { identity_provider: 'Corp', max_age: 60 };
          ctx.state.grant = { dynamic: { scope: ['openid', 'email', 'phone'], custom_params } };
          return stock(ctx, next);
        }`,
      });
      const { location } = await new Browser().get(site.connectUrl);
      const { searchParams } = new URL(location!, site.pool.origin);
      // The built-in provider of Strapi 5 writes the request itself.
      if (provider === 'built-in' && strapiMajor === 5) return;
      expect(Object.fromEntries(searchParams)).toMatchObject({
        scope: 'openid email phone',
        identity_provider: 'Corp',
        max_age: '60',
      });
    });

    test('auth.connect gets a request of the site’s own, for another provider', async () => {
      await setCode(site, {
        connectPage: `(ctx, next, stock) => {
          const request = { ...ctx.request, url: '/api/connect/github' };
          return stock(Object.create(ctx, { request: { value: request } }), next);
        }`,
      });
      const { status, body } = await new Browser().get(site.connectUrl);
      expect([status, body]).toEqual([400, expect.stringContaining('This provider is disabled')]);
    });

    test('auth.callback also handles local logins', async () => {
      await setCode(site, {
        callback: `async (ctx, next, stock) => {
          await stock(ctx, next);
          ctx.body.plan = 'free';
        }`,
      });
      await createUser(site, { email: 'pat@example.org', password: PASSWORD });
      const { status, body } = await logInLocally(site, 'pat@example.org');
      expect({ status, body }).toMatchObject({ status: 200, body: { plan: 'free' } });
    });
  });

  describe('with the plugin,', () => {
    const site = () => getSite('plugin');

    test('auth.connect gets a request of the site’s own: its URL decides', async () => {
      await setCode(site(), {
        connectPage: `(ctx, next, stock) => {
          const request = Object.create(ctx.request, { url: { value: '/api/connect/cognito' } });
          return stock(Object.create(ctx, { request: { value: request } }), next);
        }`,
      });
      const { location } = await new Browser().get(`${site().strapi.url}/api/connect/staff`);
      expect(new URL(location!).searchParams.get('code_challenge_method')).toBe('S256');
    });

    test.each([
      ['forgotPassword', 'forgot', 'forgot-password'],
      ['sendEmailConfirmation', 'confirmation', 'send-email-confirmation'],
    ])(
      'auth.%s, wrapped, responds for a Cognito user as for an unknown one',
      async (_name, code, path) => {
        await setCode(site(), {
          [code]: `async (ctx, next, stock) => {
            'use strict';
            if (!ctx.query.captcha) return ctx.badRequest('captcha');
            ctx.request.body = { email: ctx.request.body.email.trim() };
            await stock(ctx, next);
            ctx.body = { mailed: ctx.body.email ?? true };
          }`,
        });
        const name = addPoolUser(site());
        const email = `${name}@example.com`;
        expectLoggedIn(await logIn(site(), name));
        const send = (body: object, query = '') =>
          request(site(), 'POST', `/api/auth/${path}${query}`, { body });
        for (const body of [{ email }, { email: 'nobody@example.com' }]) {
          expect((await send(body)).body.error?.message).toBe('captcha');
          const mailed = code === 'confirmation' ? body.email : true;
          expect((await send(body, '?captcha=1')).body).toEqual({ mailed });
        }
        const unchanged = { resetPasswordToken: null, confirmationToken: null };
        expect(await site().strapi.users()).toMatchObject([unchanged]);
      },
    );

    test('auth.forgotPassword with a context of the site’s own responds for a Cognito user as for an unknown one', async () => {
      const name = addPoolUser(site());
      await setCode(site(), {
        me: `async (ctx) => {
          ctx.body = [];
          for (const email of ['${name}@example.com', 'nobody@example.com']) {
            const own = { request: { body: { email } }, send(answer) { this.body = answer; } };
            await strapi.plugin('users-permissions').controller('auth').forgotPassword(own);
            ctx.body.push(own.body);
          }
        }`,
      });
      const { jwt } = expectLoggedIn(await logIn(site(), name));
      expect((await site().me(jwt)).body).toEqual([{ ok: true }, { ok: true }]);
    });

    test('auth.forgotPassword, which responds before the stock one has read the request, sends no mail', async () => {
      await setCode(site(), {
        forgot: `async (ctx, next, stock) => {
          globalThis.work = new Promise((resolve) => setImmediate(() => resolve(stock(ctx, next))));
          ctx.body = { email: ctx.request.body.email.length > 0 };
        }`,
        me: `async (ctx) => { ctx.body = { work: String(await globalThis.work.catch(String)) }; }`,
      });
      const name = addPoolUser(site());
      const { jwt } = expectLoggedIn(await logIn(site(), name));
      const body = { email: `${name}@example.com` };
      const sent = await request(site(), 'POST', '/api/auth/forgot-password', { body });
      expect(sent.body).toEqual({ email: true });
      await site().me(jwt);
      expect(await site().strapi.users()).toMatchObject([{ resetPasswordToken: null }]);
    });

    test('auth.callback that logs in twice: the JWT has the time of the older login', async () => {
      await setCode(site(), {
        callback: `async (ctx) => {
          const { connect } = strapi.plugin('users-permissions').service('providers');
          const { first, second } = ctx.query;
          const user = await connect('cognito', { id_token: first }, {});
          await connect('cognito', { id_token: second }, {});
          ctx.body = { jwt: strapi.plugin('users-permissions').service('jwt').issue({ id: user.id }) };
        }`,
      });
      const [old, recent] = [1_000_000_000, 1_000_000_600];
      const token = (auth_time: number) =>
        site().pool.sign({ claims: { ...site().pool.idClaims(addPoolUser(site())), auth_time } });
      for (const [first, second] of [
        [old, recent],
        [recent, old],
      ] as const) {
        const query = { first: token(first), second: token(second) };
        const { body } = await site().exchange(query);
        expect(decodePayload(body.jwt!).auth_time).toBe(old);
      }
    });

    const through = {
      callback: `(ctx, next, stock) => stock(ctx, next)`,
      connect: `(stock, ...args) => stock(...args)`,
      issue: `(stock, ...args) => stock(...args)`,
      fetch: `(stock, ...args) => stock(...args)`,
    };

    test.each([
      ['GET', logIn],
      ['POST', logInByPost],
    ])('code, status and headers pass through all of them, by %s', async (_method, login) => {
      await setCode(site(), through);
      const name = addPoolUser(site(), { attributes: { email_verified: false } });
      const refused = await login(site(), name);
      expect(refused).toMatchObject({
        status: 403,
        body: { data: null, error: { status: 403, details: { code: 'email_not_verified' } } },
      });
      expect(refused.headers.get('cache-control')).toBe('no-store');
      const good = await login(site(), addPoolUser(site()));
      expectLoggedIn(good);
      expect(good.headers.get('cache-control')).toBe('no-store');
    });

    /** Makes the next read of a user fail, and the reads after it succeed. */
    const FAIL_ONCE = `const unsubscribe = strapi.db.lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeFindOne() {
        unsubscribe();
        throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
      },
    });`;

    test('a second login in the request of a first one, and a failure of it, restore no one-time code', async () => {
      const access_token = await site().code(addPoolUser(site()));
      await setCode(site(), {
        callback: `async (ctx, next, stock) => {
          await stock(ctx, next);
          ${FAIL_ONCE}
          const { connect } = strapi.plugin('users-permissions').service('providers');
          own.notes.push(await connect('cognito', ctx.query).then(() => 'ok', ({ code }) => code));
        }`,
      });
      expectLoggedIn(await site().exchange({ access_token }));
      expect(await notes(site())).toEqual(['server_error']);
      expectRefusal(await site().exchange({ access_token }), 'login_expired');
    });

    test('a one-time code that a script sends works again after a failure', async () => {
      const access_token = await site().code(addPoolUser(site()));
      await setCode(site(), {
        connect: `async (stock, ...args) => {
          if (own.notes.length === 0) { ${FAIL_ONCE} }
          own.notes.push('called');
          return stock(...args);
        }`,
      });
      const answers = await site().strapi.run(
        async (strapi, query) => {
          const connect = strapi.plugin('users-permissions').service('providers').connect!;
          const logIn = () =>
            (connect('cognito', query) as Promise<object>).then(
              () => 'ok',
              (error: unknown) => (error as { code: string }).code,
            );
          return [await logIn(), await logIn(), await logIn()];
        },
        { access_token },
      );
      expect(answers).toEqual(['server_error', 'ok', 'login_expired']);
    });

    test('a one-time code works again after a failure, even if the wrap has asked for the profile first', async () => {
      const access_token = await site().code(addPoolUser(site()));
      await setCode(site(), {
        connect: `async (stock, provider, query, options = {}) => {
          ${GET_PROFILE}
          await getProfile();
          if (own.notes.length === 0) { ${FAIL_ONCE} }
          own.notes.push('called');
          return stock(provider, query, options);
        }`,
      });
      expectRefusal(await site().exchange({ access_token }), 'server_error');
      expectLoggedIn(await site().exchange({ access_token }));
      expectRefusal(await site().exchange({ access_token }), 'login_expired');
    });

    test('an override that rethrows keeps the code; one with its own message has no code', async () => {
      await setCode(site(), {
        connect: `async (stock, ...args) => {
          try {
            return await stock(...args);
          } catch (error) {
            own.notes.push(error.message);
            throw error;
          }
        }`,
      });
      const name = addPoolUser(site(), { attributes: { email_verified: false } });
      expect((await logIn(site(), name)).body.error?.details.code).toBe('email_not_verified');
      expect(await notes(site())).toHaveLength(1);

      await setCode(site(), {
        connect: `async (stock, ...args) => {
          try {
            return await stock(...args);
          } catch {
            throw new Error('Please ask at the desk');
          }
        }`,
      });
      const { status, body } = await logIn(site(), name);
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { error: { message: 'Please ask at the desk' } },
      });
      expect(body.error?.details.code).not.toBe('email_not_verified');
    });

    test('a one-time code that the override refused before it was read stays valid', async () => {
      const name = addPoolUser(site());
      const access_token = await site().code(name);
      await setCode(site(), { callback: `(ctx) => ctx.forbidden('Closed today')` });
      expect((await site().exchangeByPost({ access_token })).status).toBe(403);
      await setCode(site(), {});
      expectLoggedIn(await site().exchangeByPost({ access_token }));
    });

    test('the check of the site applies to every kind of credential', async () => {
      const name = addPoolUser(site());
      const access_token = await site().code(name);
      const tokens = site().pool.tokensFor(name);
      await setCode(site(), { connect: `() => { throw new Error('Not in the club'); }` });
      for (const body of [
        { access_token },
        { id_token: tokens.id_token },
        { access_token: tokens.access_token },
        { code: 'a-code', code_verifier: 'v'.repeat(43), redirect_uri: 'https://app.example/' },
      ]) {
        expect(getMessage(await site().exchangeByPost(body))).toEqual({
          status: 400,
          message: 'Not in the club',
        });
      }
      expect(await site().strapi.users()).toEqual([]);
    });

    test('an invalid token is refused with any of them', async () => {
      await setCode(site(), through);
      const claims = site().pool.idClaims(addPoolUser(site()));
      const id_token = site().pool.sign({ claims, key: 'foreign' });
      const { status, body } = await site().exchange({ access_token: id_token, id_token });
      expect({ status, code: body.error?.details.code }).toEqual({
        status: 401,
        code: 'token_signature',
      });
    });

    test('a user whom fetchAuthenticatedUser does not return gets no JWT', async () => {
      const name = addPoolUser(site());
      expectLoggedIn(await logIn(site(), name));
      await setCode(site(), { fetch: `() => null` });
      const { status, body } = await logIn(site(), name);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body.jwt).toBeUndefined();
    });

    test('no credentials are in the log', async () => {
      await setCode(site(), through);
      const id_token = site().pool.tokensFor(addPoolUser(site())).id_token;
      await site().exchange({ access_token: id_token, id_token, ref: 'partner' });
      expect(await findLogLines(site(), 'eyJ')).toEqual([]);
      expect(await findLogLines(site(), '/api/auth/cognito/callback')).not.toEqual([]);
    });
  });
});

describe('with bearer, what the site does to fetchAuthenticatedUser', () => {
  const site = useSite({ cognito: { bearer: { enabled: true } }, files: IN_EXTENSION });

  /** `/users/me` by a Strapi JWT, and by a Cognito access token. */
  async function both(name: string, id: number) {
    const tokens = [await issueJwt(site(), { id }), site().pool.tokensFor(name).access_token];
    return Promise.all(
      tokens.map(async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${site().strapi.url}/api/users/me`, { headers });
        const { status, body } = await toAnswer(answer);
        return { status, body };
      }),
    );
  }

  async function knownUser() {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    return { name, id };
  }

  test('is the same by both: added fields', async () => {
    const { name, id } = await knownUser();
    await setCode(site(), {
      fetch: `async (stock, id) => ({ ...(await stock(id)), plan: 'paid' })`,
      me: `(ctx) => { ctx.body = { id: ctx.state.user.id, plan: ctx.state.user.plan }; }`,
    });
    const answers = await both(name, id);
    expect(answers).toEqual([1, 2].map(() => ({ status: 200, body: { id, plan: 'paid' } })));
  });

  test('is the same by both: another role', async () => {
    const { name, id } = await knownUser();
    await updateUser(site(), id, { role: null });
    await setCode(site(), {
      fetch: `async (stock, id) => {
        const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
        return { ...(await stock(id)), role };
      }`,
    });
    const [byJwt, byBearer] = await both(name, id);
    expect(byJwt).toMatchObject({ status: 200, body: { id } });
    expect(byBearer).toEqual(byJwt);
  });

  test('is the same by both: no user', async () => {
    const { name, id } = await knownUser();
    await setCode(site(), { fetch: `() => null` });
    const [byJwt, byBearer] = await both(name, id);
    expect(byJwt?.status).toBe(401);
    expect(byBearer?.status).toBe(401);
  });

  test('is called with the id of the user, for each call', async () => {
    const { name, id } = await knownUser();
    await setCode(site(), { fetch: `(stock, id) => { own.notes.push(id); return stock(id); }` });
    await both(name, id);
    await both(name, id);
    expect(await notes(site())).toEqual([id, id, id, id]);
  });
});

import { randomUUID, generateKeyPairSync } from 'node:crypto';
import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { notesApi } from '../support/app-files';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import { type Claims, type SignRequest, startPool } from '../support/pool';
import { type Site, toAnswer, startSite } from '../support/site';
import type { RemoteStrapi, StrapiUnderTest, StoredUser } from '../support/strapi';
import { startStrapi } from '../support/strapi';
import { withQueries } from '../support/queries';
import {
  PASSWORD,
  exchangeIdToken,
  updateUser,
  issueJwt,
  addPoolUser,
  createRole,
  createUser,
} from '../support/users';

const NOTES = '/api/notes';
const ME = '/api/users/me';

/**
 * Responds to `?auth` with what the request's strategy has, as a log of `ctx.state` would show it. Also accepts tokens of
 * another issuer, by a strategy of the site.
 */
const SITE = `module.exports = {
  register({ strapi }) {
    (strapi.container ?? strapi).get('auth').register('content-api', {
      name: 'partner',
      authenticate({ headers }) {
        const payload = (headers.authorization ?? '').split('.')[1] ?? '';
        const isPartner = Buffer.from(payload, 'base64url').includes('https://partner.example');
        return isPartner ? { authenticated: true, credentials: {} } : null;
      },
    });
    strapi.server.use(async (ctx, next) => {
      await next();
      if ('auth' in ctx.query) ctx.body = Object.keys(ctx.state.auth.strategy);
    });
  },
};
`;

const on = { bearer: { enabled: true } };

let site: Site;
/** The same app without the plugin. */
let plain: StrapiUnderTest;
/** What was sent as a token: none of it may be in the log. */
const sent: string[] = [];

beforeAll(async () => {
  [site, plain] = await Promise.all([
    startSite({ cognito: on, files: { ...notesApi, 'src/index.js': SITE } }),
    startStrapi({ plugin: false, files: notesApi }),
  ]);
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.pool.forgetRequests());

afterEach(() => site.pool.clearChanges());

async function call(path: string, authorization?: string, strapi: StrapiUnderTest = site.strapi) {
  const headers = { ...(authorization !== undefined && { authorization }) };
  return toAnswer(await fetch(strapi.url + path, { headers }));
}

function callWith(token: string, path = ME) {
  sent.push(token);
  return call(path, `Bearer ${token}`);
}

const accessToken = (name: string) => site.pool.tokensFor(name).access_token;

function signed(name: string, change: Claims, how: Partial<SignRequest> = {}): string {
  const claims = { ...site.pool.accessClaims(name), ...change };
  return site.pool.sign({ claims, key: 'access', ...how });
}

/** Adds a user who has logged in once. Returns the name in the pool and the user in Strapi. */
async function addKnownUser(
  data: Record<string, unknown> = {},
): Promise<{ name: string; id: number }> {
  const name = addPoolUser(site);
  const { id } = expectLoggedIn(await exchangeIdToken(site, name)).user;
  if (Object.keys(data).length > 0) await updateUser(site, id, data);
  return { name, id };
}

async function allow(strapi: StrapiUnderTest, role: number | string, action: string) {
  await strapi.run(
    async ({ db }, arg) => {
      const where = typeof arg.role === 'number' ? { id: arg.role } : { type: arg.role };
      const found = await db.query('plugin::users-permissions.role').findOne({ where });
      const data = { action: arg.action, role: found?.id };
      await db.query('plugin::users-permissions.permission').create({ data });
    },
    { role, action },
  );
}

test('code of the site that logs its request sees only the members of a strategy', async () => {
  const { name } = await addKnownUser();
  const { body } = await callWith(accessToken(name), `${ME}?auth`);
  expect(body).toEqual(['name', 'authenticate', 'verify']);
});

/** Creates a role that may only read notes. */
async function readers(): Promise<number> {
  const role = await createRole(site, `readers-${randomUUID().slice(0, 8)}`);
  await allow(site.strapi, role, 'api::note.note.find');
  return role;
}

const expectForbidden = ({ status, body }: Awaited<ReturnType<typeof call>>) =>
  expect({ status, body }).toMatchObject({
    status: 403,
    body: { data: null, error: { status: 403, name: 'ForbiddenError', message: 'Forbidden' } },
  });

const expectUnauthorized = ({ status, body }: Awaited<ReturnType<typeof call>>) =>
  expect({ status, body }).toMatchObject({
    status: 401,
    body: { data: null, error: { status: 401, name: 'UnauthorizedError' } },
  });

describe('a Cognito access token', () => {
  test('authenticates its user on the routes of users-permissions, without a call to Cognito', async () => {
    const { name, id } = await addKnownUser();
    await callWith(accessToken(name));
    site.pool.forgetRequests();
    const answer = await callWith(accessToken(name));
    expect(answer).toMatchObject({ status: 200, body: { id, email: `${name}@example.com` } });
    expect(JSON.stringify(answer.body)).not.toContain('password');
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(site.pool.requests).toEqual([]);
  });

  test.each(['bearer', 'BEARER', 'Bearer'])('may be sent as %s', async (scheme) => {
    const { name, id } = await addKnownUser();
    expect(await call(ME, `${scheme} ${accessToken(name)}`)).toMatchObject({
      status: 200,
      body: { id },
    });
  });

  test('may do what the user’s role may, and nothing else', async () => {
    const reader = await addKnownUser({ role: await readers() });
    const other = await addKnownUser();
    expect(await callWith(accessToken(reader.name), NOTES)).toMatchObject({
      status: 200,
      body: { data: expect.any(Array) as unknown[] },
    });
    expectForbidden(await callWith(accessToken(reader.name), `${NOTES}/1`));
    expectForbidden(await callWith(accessToken(reader.name), ME));
    expectForbidden(await callWith(accessToken(other.name), NOTES));
    expect((await callWith(accessToken(other.name), ME)).status).toBe(200);
  });

  test('follows a change of the role at once', async () => {
    const role = await createRole(site, `later-${randomUUID().slice(0, 8)}`);
    const { name } = await addKnownUser({ role });
    const token = accessToken(name);
    expectForbidden(await callWith(token, NOTES));
    await allow(site.strapi, role, 'api::note.note.find');
    expect((await callWith(token, NOTES)).status).toBe(200);
  });

  test('of a user without a role may do nothing, and the response says why', async () => {
    const { name } = await addKnownUser({ role: null });
    for (const path of [NOTES, ME]) {
      const answer = await callWith(accessToken(name), path);
      expectRefusal(answer, 'role_missing');
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });

  test('authenticates a linked user, who keeps their own email', async () => {
    const user = await createUser(site, { password: PASSWORD });
    const name = addPoolUser(site);
    const { status } = await fetch(`${site.strapi.url}/api/auth/cognito/link`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await issueJwt(site, user)}`,
      },
      body: JSON.stringify({ id_token: site.pool.tokensFor(name).id_token }),
    });
    expect(status).toBe(200);
    expect(await callWith(accessToken(name))).toMatchObject({
      status: 200,
      body: { id: user.id, email: user.email },
    });
  });

  test('of an additional app client is accepted', async () => {
    const { name, id } = await addKnownUser();
    const client = site.pool.addClient();
    const token = site.pool.tokensFor(name, { client }).access_token;
    expectRefusal(await callWith(token), 'token_audience');
    const config = { ...on, tokens: { additionalClientIds: [client.clientId] } };
    await withConfig(site, config, async () => {
      expect(await callWith(token)).toMatchObject({ status: 200, body: { id } });
    });
  });

  test('does not need tokens.exchange', async () => {
    const { name, id } = await addKnownUser();
    await withConfig(site, { ...on, tokens: { exchange: false } }, async () => {
      expect(await callWith(accessToken(name))).toMatchObject({ status: 200, body: { id } });
    });
  });

  test('gives no access to the admin API', async () => {
    const { name } = await addKnownUser();
    expect((await callWith(accessToken(name), '/admin/users/me')).status).toBe(401);
  });

  test.each(['POST', 'DELETE'])(
    'neither links nor unlinks (%s): that takes a Strapi JWT',
    async (method) => {
      const { name, id } = await addKnownUser();
      const other = addPoolUser(site);
      const response = await fetch(`${site.strapi.url}/api/auth/cognito/link`, {
        method,
        headers: {
          authorization: `Bearer ${accessToken(name)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ id_token: site.pool.tokensFor(other).id_token }),
      });
      expectUnauthorized(await toAnswer(response));
      expectRefusal(await callWith(accessToken(other)), 'registration_disabled');
      expect(await callWith(accessToken(name))).toMatchObject({ status: 200, body: { id } });
    },
  );

  test('is still valid while Cognito is down', async () => {
    const { name } = await addKnownUser();
    expect((await callWith(accessToken(name))).status).toBe(200);
    for (const endpoint of ['jwks', 'userInfo', 'token'] as const) {
      site.pool.injectFault(endpoint, { reset: true });
    }
    expect((await callWith(accessToken(name))).status).toBe(200);
  });
});

test('a token of another issuer is accepted by a strategy of the site', async () => {
  const { name } = await addKnownUser();
  const partner = { iss: 'https://partner.example' };
  expect((await callWith(signed(name, partner, { key: 'foreign' }), NOTES)).status).toBe(200);
  // The pool's own tokens never reach it.
  const both = { note: partner.iss, exp: site.pool.now() - 60 };
  expectRefusal(await callWith(signed(name, both), NOTES), 'token_expired');
});

describe('refused', () => {
  const refusals: [string, Code, (name: string) => string][] = [
    ['expired', 'token_expired', (name) => signed(name, { exp: site.pool.now() - 60 })],
    ['of tomorrow', 'token_not_yet_valid', (name) => signed(name, { iat: site.pool.now() + 60 })],
    ['of a foreign key', 'token_signature', (name) => signed(name, {}, { key: 'foreign' })],
    ['of another kid', 'token_signature', (name) => signed(name, {}, { header: { kid: 'x' } })],
    [
      'with another payload',
      'token_signature',
      (name) => {
        const [header, , mark] = accessToken(name).split('.');
        return [header, signed(name, { sub: 'x' }).split('.')[1], mark].join('.');
      },
    ],
    ['that is an id_token', 'token_use', (name) => site.pool.tokensFor(name).id_token],
    ['of no use', 'token_use', (name) => signed(name, { token_use: undefined })],
    ['of another client', 'token_audience', (name) => signed(name, { client_id: 'another' })],
    [
      'with aud in place of client_id',
      'token_audience',
      (name) => signed(name, { client_id: undefined, aud: site.pool.client.clientId }),
    ],
    ['without a sub', 'token_malformed', (name) => signed(name, { sub: undefined })],
    ['that never expires', 'token_malformed', (name) => signed(name, { exp: undefined })],
    ['with a crit', 'token_malformed', (name) => signed(name, {}, { header: { crit: ['x'] } })],
    ['without a signature', 'token_malformed', (name) => accessToken(name).split('.', 2).join('.')],
    [
      'with an empty signature',
      'token_signature',
      (name) => accessToken(name).replace(/[^.]+$/, ''),
    ],
    [
      'of another algorithm',
      'token_signature',
      (name) => signed(name, {}, { header: { alg: 'HS256' } }),
    ],
    ['of no algorithm', 'token_signature', (name) => signed(name, {}, { header: { alg: 'none' } })],
  ];

  test.each(refusals)('%s: %s', async (_, code, createToken) => {
    const { name } = await addKnownUser();
    const token = createToken(name);
    for (const path of [ME, NOTES]) {
      const answer = await callWith(token, path);
      expectRefusal(answer, code);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer error="invalid_token", error_description="${code}"`,
      );
    }
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test.each<[string, (name: string) => string]>([
    [
      'of another pool',
      (name) =>
        signed(name, { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other' }),
    ],
    [
      'of another pool with its own key',
      (name) => signed(name, { iss: 'http://localhost:1' }, { key: 'foreign' }),
    ],
    ['of no issuer', (name) => signed(name, { iss: undefined })],
    ['of a list of issuers', (name) => signed(name, { iss: [site.pool.origin] })],
    ['with a nonsense payload', (name) => `${accessToken(name).split('.', 1)[0]}.e30x.x`],
  ])('%s by Strapi itself, because no strategy accepts it', async (_, createToken) => {
    const { name } = await addKnownUser();
    const answer = await callWith(createToken(name));
    expectUnauthorized(answer);
    expect(answer.body.error?.details.code).toBeUndefined();
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  test('on a public route too', async () => {
    const { name } = await addKnownUser();
    const token = signed(name, { exp: site.pool.now() - 60 });
    expectRefusal(await callWith(token, '/api/auth/cognito/callback'), 'token_expired');
  });

  test('a user who is blocked', async () => {
    const { name, id } = await addKnownUser();
    const token = accessToken(name);
    expect((await callWith(token)).status).toBe(200);
    await updateUser(site, id, { blocked: true });
    expectRefusal(await callWith(token), 'user_blocked');
    await updateUser(site, id, { blocked: false });
    expect((await callWith(token)).status).toBe(200);
  });

  test('a user who is not confirmed, if Strapi’s email confirmation is on', async () => {
    const { name } = await addKnownUser({ confirmed: false });
    const token = accessToken(name);
    expect((await callWith(token)).status).toBe(200);
    await site.strapi.advanced({ email_confirmation: true });
    try {
      expectRefusal(await callWith(token), 'email_not_verified');
    } finally {
      await site.strapi.advanced({ email_confirmation: false });
    }
  });

  test('a user who is in none of the required groups', async () => {
    const { name } = await addKnownUser();
    const config = { ...on, users: { requiredGroups: ['editors'] } };
    await withConfig(site, config, async () => {
      expectRefusal(await callWith(accessToken(name)), 'group_required');
      site.pool.user(name).groups = ['readers', 'editors'];
      expect((await callWith(accessToken(name))).status).toBe(200);
    });
  });

  test('an unknown identity, and no user is created', async () => {
    const name = addPoolUser(site);
    const users = await site.strapi.users();
    expectRefusal(await callWith(accessToken(name)), 'registration_disabled');
    expect(await site.strapi.users()).toEqual(users);
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test('an identity whose user was deleted, or that was created again in the pool', async () => {
    const { name, id } = await addKnownUser();
    site.pool.recreateUser(name);
    expectRefusal(await callWith(accessToken(name)), 'registration_disabled');
    const other = await addKnownUser();
    await site.strapi.run(
      (strapi, where) => strapi.db.query('plugin::users-permissions.user').delete({ where }),
      { id: other.id },
    );
    expectRefusal(await callWith(accessToken(other.name)), 'registration_disabled');
    expect((await site.strapi.users()).map((user) => user.id)).toContain(id);
  });

  test.each<[Code, string, (name: string) => Promise<void> | void]>([
    [
      'user_blocked',
      'blocked',
      async (name) => updateUser(site, await idOf(name), { blocked: true }),
    ],
    ['registration_disabled', 'unknown', (name) => void site.pool.recreateUser(name)],
  ])('with %s is not called an invalid token', async (code, _, change) => {
    const { name } = await addKnownUser();
    await change(name);
    const answer = await callWith(accessToken(name));
    expectRefusal(answer, code);
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });
});

async function idOf(name: string): Promise<number> {
  const users: StoredUser[] = await site.strapi.users();
  return users.find(({ email }) => email === `${name}@example.com`)?.id ?? 0;
}

describe('before the keys of the pool were fetched', () => {
  test('a Cognito that is down is 503, and the token is not called invalid', async () => {
    const pool = await startPool();
    const { name } = await addKnownUser();
    pool.addUser({ name });
    pool.injectFault('jwks', { status: 500 });
    await site.strapi.setGrant({ subdomain: pool.origin, jwksurl: pool.jwksUrl });
    try {
      const token = pool.tokensFor(name, { client: site.pool.client }).access_token;
      const answer = await callWith(token);
      expectRefusal(answer, 'cognito_unavailable');
      expect(answer.headers.get('www-authenticate')).toBeNull();
      // Other tokens still work.
      const user = await createUser(site);
      expect((await call(ME, `Bearer ${await issueJwt(site, user)}`)).status).toBe(200);
      pool.clearChanges();
      expectRefusal(await callWith(token), 'registration_disabled');
    } finally {
      await site.strapi.setGrant({ subdomain: site.pool.origin, jwksurl: site.pool.jwksUrl });
      await pool.stop();
    }
  });

  test('a pool whose issuer is not known yet is not configured', async () => {
    const { name } = await addKnownUser();
    await site.strapi.setGrant({ jwksurl: '' });
    try {
      expectRefusal(await callWith(accessToken(name)), 'not_configured');
    } finally {
      await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
    }
  });

  test('a disabled provider accepts none', async () => {
    const { name } = await addKnownUser();
    await site.strapi.setGrant({ enabled: false });
    try {
      expectRefusal(await callWith(accessToken(name)), 'provider_disabled');
    } finally {
      await site.strapi.setGrant({ enabled: true });
    }
  });
});

describe('with bearer.provision', () => {
  const provisioning = { bearer: { enabled: true, provision: true } };

  test('an unknown identity gets a user with the attributes of userInfo', async () => {
    const name = addPoolUser(site);
    await withConfig(site, provisioning, async () => {
      const token = accessToken(name);
      expect(await callWith(token)).toMatchObject({
        status: 200,
        body: { email: `${name}@example.com`, provider: 'cognito' },
      });
      expect(site.pool.count('/oauth2/userInfo')).toBe(1);
      expect((await callWith(token)).status).toBe(200);
      expect(site.pool.count('/oauth2/userInfo')).toBe(1);
    });
    expect((await callWith(accessToken(name))).status).toBe(200);
  });

  test('fifty concurrent first calls create one user, and all succeed', async () => {
    const name = addPoolUser(site);
    const token = accessToken(name);
    await withConfig(site, provisioning, async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => callWith(token)));
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      const ids = answers.map(({ body }) => (body as { id?: number }).id);
      expect(new Set(ids).size).toBe(1);
    });
    const users = await site.strapi.users();
    expect(users.filter(({ email }) => email === `${name}@example.com`)).toHaveLength(1);
  });

  test('what is refused at a login is refused here too', async () => {
    await withConfig(site, provisioning, async () => {
      const unverified = addPoolUser(site, { attributes: { email_verified: false } });
      expectRefusal(await callWith(accessToken(unverified)), 'email_not_verified');
      const { email } = await createUser(site, { password: PASSWORD });
      const namesake = addPoolUser(site, { attributes: { email } });
      expectRefusal(await callWith(accessToken(namesake)), 'email_taken');
      await site.strapi.advanced({ allow_register: false });
      try {
        expectRefusal(await callWith(accessToken(addPoolUser(site))), 'registration_disabled');
      } finally {
        await site.strapi.advanced({ allow_register: true });
      }
    });
  });

  test('no user is created for an invalid token', async () => {
    await withConfig(site, provisioning, async () => {
      const name = addPoolUser(site);
      expectRefusal(await callWith(signed(name, {}, { key: 'foreign' })), 'token_signature');
      expectRefusal(await callWith(site.pool.tokensFor(name).id_token), 'token_use');
      expect(await idOf(name)).toBe(0);
    });
  });
});

/** The responses to a JWT, an API token or neither must not depend on bearer. */
describe.each([
  ['on', on],
  ['off', {}],
])('with bearer %s', (_, config) => {
  const within = (work: () => Promise<void>) => withConfig(site, config, work);

  test('a Strapi JWT works as before', async () => {
    await within(async () => {
      const user = await createUser(site);
      const jwt = await issueJwt(site, user);
      expect(await callWith(jwt)).toMatchObject({ status: 200, body: { id: user.id } });
      expectForbidden(await callWith(jwt, NOTES));
      await updateUser(site, user.id, { blocked: true });
      const blocked = await callWith(jwt);
      expectUnauthorized(blocked);
      expect(blocked.body.error?.message).toBe('Invalid credentials');
      expectUnauthorized(await callWith(`${jwt.slice(0, -4)}AAAA`));
      expectUnauthorized(await callWith(jwt.split('.', 2).join('.')));
    });
  });

  test('a Strapi JWT that says RS256 works as before', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const secret = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const use = (jwtSecret: string, jwt: object) =>
      site.strapi.run(
        (strapi, arg) => {
          strapi.config.set('plugin.users-permissions.jwtSecret', arg.jwtSecret);
          strapi.config.set('plugin.users-permissions.jwt', arg.jwt);
        },
        { jwtSecret, jwt },
      );
    await within(async () => {
      const user = await createUser(site);
      await use(secret, { algorithm: 'RS256' });
      try {
        const jwt = await issueJwt(site, user);
        expect(Buffer.from(jwt.split('.')[0]!, 'base64url').toString()).toContain('RS256');
        expect(await callWith(jwt)).toMatchObject({ status: 200, body: { id: user.id } });
      } finally {
        await use('jwt-secret-of-the-test', { expiresIn: '30d' });
      }
    });
  });

  test('an API token works as before', async () => {
    await within(async () => {
      const key = await apiToken(site.strapi);
      expect((await callWith(key, NOTES)).status).toBe(200);
      expectUnauthorized(await callWith(`${key}x`, NOTES));
    });
  });

  test('a visitor works as before', async () => {
    await within(async () => {
      expectForbidden(await call(NOTES));
      expectForbidden(await call(ME));
      await allow(site.strapi, 'public', 'api::note.note.find');
      try {
        expect((await call(NOTES)).status).toBe(200);
      } finally {
        await site.strapi.run(async ({ db }) => {
          const permissions = db.query('plugin::users-permissions.permission');
          const where = { action: 'api::note.note.find', role: { type: 'public' } };
          const found = await permissions.findOne({ where });
          await permissions.delete({ where: { id: found?.id } });
        });
      }
    });
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer null',
    'Bearer undefined',
    'Bearer a b',
    'Bearer a.b.c',
    'Bearer ...',
    'Bearer e30.e30.e30',
    'Bearer eyJ.x',
    'Bearer {"alg":"RS256"}.x.y',
    `Bearer ${'A'.repeat(2_000)}.x.y`,
    `Bearer ${'.'.repeat(70)}`,
    'Basic YTpi',
    'Digest x',
    'RS256',
    '%00',
    ',',
  ])('the header %s is anonymous', async (authorization) => {
    await within(async () => {
      const answer = await call(NOTES, authorization);
      expect([401, 403]).toContain(answer.status);
      expect(answer.body).toMatchObject({ data: null, error: { status: answer.status } });
      expect(answer.body.error?.details.code).toBeUndefined();
      const without = await call(NOTES, authorization, plain);
      expect(answer.status).toBe(without.status);
      expect(answer.body).toEqual(without.body);
    });
  });

  test('a header of 64 KiB is refused, and the server continues', async () => {
    await within(async () => {
      const { name } = await addKnownUser();
      const long = signed(name, { long: 'x'.repeat(64 * 1024) });
      const headers = { authorization: `Bearer ${long}` };
      const outcome = await new Browser().get(site.strapi.url + ME, { headers }).then(
        ({ status }) => status,
        () => 'cut off',
      );
      expect([431, 'cut off']).toContain(outcome);
      const user = await createUser(site);
      expect((await callWith(await issueJwt(site, user))).status).toBe(200);
    });
  });
});

test('with bearer off, a Cognito access token is anonymous', async () => {
  const { name } = await addKnownUser();
  await withConfig(site, {}, async () => {
    for (const path of [ME, NOTES]) {
      const answer = await callWith(accessToken(name), path);
      expectUnauthorized(answer);
      expect(answer.body.error?.details.code).toBeUndefined();
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
    expect(site.pool.requests).toEqual([]);
  });
});

function apiToken(strapi: StrapiUnderTest): Promise<string> {
  return strapi.run(async (it: RemoteStrapi, name: string) => {
    const data = { name, description: '', type: 'full-access', lifespan: null };
    const made = await it.service('admin::api-token').create?.(data);
    return (made as { accessKey: string }).accessKey;
  }, randomUUID());
}

describe('the database queries of a call', () => {
  async function countQueries(strapi: StrapiUnderTest, token: string | undefined, path: string) {
    const header = token === undefined ? undefined : `Bearer ${token}`;
    // From here on, what is read once is cached.
    await call(path, header, strapi);
    const { result, queries } = await withQueries(strapi, () => call(path, header, strapi));
    return { status: result.status, queries };
  }

  const readJwt = (strapi: StrapiUnderTest) =>
    strapi.run(
      async (it, name: string) => {
        const role = await it.db
          .query('plugin::users-permissions.role')
          .findOne({ where: { type: 'authenticated' } });
        const plugin = it.plugin('users-permissions');
        const user = (await plugin.service('user').add?.({
          username: name,
          email: `${name}@example.org`,
          provider: 'local',
          confirmed: true,
          blocked: false,
          role: role?.id,
        })) as { id: number };
        return plugin.service('jwt').issue?.({ id: user.id }) as string;
      },
      `u${randomUUID().slice(0, 8)}`,
    );

  test.each<[string, string, (strapi: StrapiUnderTest) => Promise<string | undefined>]>([
    ['a Strapi JWT', ME, readJwt],
    ['an API token', NOTES, apiToken],
    ['no token', NOTES, () => Promise.resolve(undefined)],
  ])(
    'with %s at %s are the same with bearer on as without the plugin',
    async (_, path, readToken) => {
      const without = await countQueries(plain, await readToken(plain), path);
      const withBearer = await countQueries(site.strapi, await readToken(site.strapi), path);
      expect(without.queries.length).toBeGreaterThan(0);
      expect(withBearer).toEqual(without);
    },
  );

  test('with a Cognito access token are no more than with a Strapi JWT', async () => {
    const { name } = await addKnownUser();
    const jwt = await countQueries(site.strapi, await readJwt(site.strapi), ME);
    const cognito = await countQueries(site.strapi, accessToken(name), ME);
    expect(cognito.status).toBe(200);
    expect(cognito.queries.length).toBeLessThanOrEqual(jwt.queries.length);
  });
});

test('the log has none of the tokens of these tests', async () => {
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(sent.length).toBeGreaterThan(10);
  expect(sent.filter((token) => logs.includes(token))).toEqual([]);
  expect(logs).not.toContain('eyJ');
});

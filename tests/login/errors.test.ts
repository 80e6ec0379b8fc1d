import { createHash } from 'node:crypto';
import { errorTable } from '../../server/protocol/errors';
import { type Claims } from '../support/pool';
import { type Code, expectLoggedIn, expectRefusal, statusByCode } from '../support/assertions';
import { withConfig, advanceClock, unfreezeClock, freezeClock } from '../support/fixtures';
import { type Answer, FRONT_END, type Site, startSite } from '../support/site';
import { issueJwt, link, addPoolUser, createUser } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    cognito: { http: { timeout: 300 } },
    files: {
      'src/index.js': `module.exports = {
        bootstrap() {
          globalThis.ApplicationError = require('@strapi/utils').errors.ApplicationError;
        },
      };`,
    },
  });
  await site.loginAs('nia');
});

afterEach(async () => {
  site.pool.clearChanges();
  await site.strapi.setGrant({ enabled: true, key: site.pool.client.clientId });
  await site.strapi.advanced({ allow_register: true });
});

/** An id_token of the pool with other claims, sent by a client. */
const send = (change: Claims, name = 'nia') =>
  site.exchange({
    id_token: site.pool.sign({ claims: { ...site.pool.idClaims(name), ...change }, key: 'id' }),
  });

/** A login in the browser, whose parameters the front-end sends to the exchange. */
async function exchangeAtFrontEnd(name: string): Promise<Answer> {
  return site.exchange(Object.fromEntries(await site.login(name)));
}

async function blocked(name: string): Promise<Answer> {
  await site.loginAs(name);
  await site.strapi.run(async (strapi, email) => {
    const data = { blocked: true };
    await strapi.db.query('plugin::users-permissions.user').update({ where: { email }, data });
  }, `${name}@example.com`);
  return site.loginAs(name);
}

const accessToken = () => site.pool.tokensFor('nia').access_token;

/** A hook of the site that throws a Strapi error without its own status. */
async function refuseInHook(): Promise<Answer> {
  await site.strapi.run((strapi) => {
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const ApplicationError = (globalThis as unknown as { ApplicationError: new () => Error })
      .ApplicationError;
    const allow = lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeCreate() {
        throw new ApplicationError();
      },
    });
    Object.assign(globalThis, { allow });
  });
  try {
    return await send({ sub: 'new', email: 'new@example.com' });
  } finally {
    await site.strapi.run(() => (globalThis as { allow?: () => void }).allow?.());
  }
}

/** A login that waits for the lease of its email, which another login has, while the clock is ahead. */
async function loginInProgress(): Promise<Answer> {
  const leased = createHash('sha256').update('email held@example.com').digest('hex');
  const expiresAt = Date.now() + 3_600_000;
  await site.strapi.run(
    async (strapi, data) => {
      await strapi.db.query('plugin::cognito.lease').create({ data });
    },
    { name: leased, owner: 'another', expiresAt },
  );
  await freezeClock(site);
  const answer = send({ sub: 'held', email: 'held@example.com' });
  const oneSecond = async () => {
    await advanceClock(site, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  while ((await Promise.race([answer, oneSecond()])) === undefined);
  await unfreezeClock(site);
  await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.lease').deleteMany({}));
  return answer;
}

async function withoutRole(): Promise<Answer> {
  const name = addPoolUser(site);
  expectLoggedIn(await site.loginAs(name));
  await site.strapi.run(async (strapi, email) => {
    const data = { role: null };
    await strapi.db.query('plugin::users-permissions.user').update({ where: { email }, data });
  }, `${name}@example.com`);
  return site.loginAs(name);
}

/** How to cause each expected error. */
const cases: Record<Exclude<Code, 'server_error'>, () => Promise<Answer>> = {
  invalid_request: () => site.exchange({}),
  login_expired: () => site.exchange({ access_token: 'made-up' }),
  email_missing: () => send({ email: undefined }),
  provider_disabled: async () => {
    await site.strapi.setGrant({ enabled: false });
    return site.exchange({ access_token: 'x' });
  },
  token_malformed: () => site.exchange({ id_token: 'a.b.c' }),
  token_signature: () =>
    site.exchange({
      id_token: site.pool.sign({ claims: site.pool.idClaims('nia'), key: 'foreign' }),
    }),
  token_expired: () => send({ exp: 1 }),
  token_not_yet_valid: () => send({ iat: Math.floor(Date.now() / 1000) + 3_600 }),
  token_issuer: () => send({ iss: 'https://elsewhere.example' }),
  token_audience: () => send({ aud: 'another' }),
  token_use: () => site.exchange({ access_token: site.pool.tokensFor('nia').id_token }),
  token_nonce: () => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, nonce: 'x' } }));
    return exchangeAtFrontEnd('nia');
  },
  reauthentication_required: async () => {
    const { id } = await createUser(site);
    const jwt = await site.strapi.run((strapi, user: number) => {
      const iat = Math.floor(Date.now() / 1000) - 601;
      const issue = strapi.plugin('users-permissions').service('jwt').issue;
      return issue?.({ id: user, iat }) as string;
    }, id);
    return link(site, jwt, { id_token: site.pool.tokensFor('nia').id_token });
  },
  email_not_verified: () => send({}, 'ben'),
  group_required: () => withConfig(site, { users: { requiredGroups: ['staff'] } }, () => send({})),
  registration_disabled: async () => {
    await site.strapi.advanced({ allow_register: false });
    return send({ sub: 'new', email: 'new@example.com' });
  },
  registration_refused: refuseInHook,
  role_missing: withoutRole,
  user_blocked: () => blocked('ann'),
  email_taken: () => send({ sub: 'another' }),
  identity_taken: async () => {
    const jwt = await issueJwt(site, await createUser(site));
    return link(site, jwt, { id_token: site.pool.tokensFor('nia').id_token });
  },
  too_many_requests: () =>
    withConfig(site, { rateLimit: { enabled: true, failures: 1 } }, async () => {
      expectRefusal(await send({ token_use: 'access' }), 'token_use');
      return send({});
    }),
  cognito_refused: () => {
    site.pool.injectFault('userInfo', { status: 401, body: { error: 'invalid_token' } });
    return site.exchange({ access_token: accessToken() });
  },
  login_in_progress: loginInProgress,
  not_configured: async () => {
    await site.strapi.setGrant({ key: '' });
    return site.exchange({ access_token: 'x' });
  },
  cognito_unavailable: () => {
    site.pool.injectFault('userInfo', { status: 500 });
    return site.exchange({ access_token: accessToken() });
  },
};

test('the codes have the statuses of the contract', () => {
  const statuses = Object.entries(errorTable).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(statuses)).toEqual(statusByCode);
});

test.each(Object.entries(cases) as [keyof typeof cases, () => Promise<Answer>][])(
  '%s has its status, in Strapi’s error body, and is logged without a stack',
  async (code, provoke) => {
    await site.strapi.forgetLogs();
    const answer = await provoke();
    expectRefusal(answer, code);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const logs = await site.strapi.allLogs();
    const line = new RegExp(`\\[cognito\\] (?:login|linking) refused, ${code}: `);
    expect(logs.join('\n')).toMatch(line);
    expect(logs.filter((line) => /^\s+at /.test(line))).toEqual([]);
  },
);

describe('a message contains nothing confidential:', () => {
  test('neither claims nor settings nor Cognito’s words are in it', async () => {
    const { body } = await send({ aud: 'claim-of-the-token' });
    expect(JSON.stringify(body)).not.toMatch(/claim-of-the-token|localhost/);
    expect(JSON.stringify(body)).not.toContain(site.pool.client.clientId);
    site.pool.injectFault('userInfo', { status: 401, body: { error: 'words of Cognito' } });
    const refused = await site.exchange({ access_token: accessToken() });
    expect(JSON.stringify(refused.body)).not.toContain('words of Cognito');
  });

  test('an unexpected error is a 500 without its text, and its stack is in the log', async () => {
    await site.strapi.run((strapi) => {
      const verifier = strapi.plugin('cognito').service('token-verifier');
      const kept = globalThis as { verifyIdToken?: unknown };
      kept.verifyIdToken = verifier.verifyIdToken;
      verifier.verifyIdToken = () => {
        throw new TypeError('an inner secret');
      };
    });
    try {
      await site.strapi.forgetLogs();
      const answer = await send({});
      expectRefusal(answer, 'server_error');
      expect(JSON.stringify(answer.body)).not.toContain('inner secret');
      const logs = (await site.strapi.allLogs()).join('\n');
      expect(logs).toMatch(/an inner secret\n(?:TypeError: an inner secret\n)?\s+at /);
      expect(logs.match(/^.*error: .*an inner secret/gm)).toHaveLength(1);
    } finally {
      await site.strapi.run((strapi) => {
        const { verifyIdToken } = globalThis as { verifyIdToken?: () => unknown };
        Object.assign(strapi.plugin('cognito').service('token-verifier'), { verifyIdToken });
      });
    }
  });
});

test('a login that waits too long has Retry-After', async () => {
  const { headers } = await loginInProgress();
  expect(headers.get('retry-after')).toMatch(/^[1-9]$/);
  expect(headers.get('cache-control')).toBe('no-store');
});

// See also tests/faults.
describe('a Cognito that is down or sends invalid responses', () => {
  test('at the JWKS fails no login while the keys are cached', async () => {
    site.pool.injectFault('jwks', { status: 500 });
    expect((await send({})).status).toBe(200);
    expect((await site.login('nia')).has('access_token')).toBe(true);
  });

  test.each([
    { status: 400, body: { error: 'invalid_client' } },
    { status: 401, body: { error: 'invalid_grant' } },
    { status: 403, body: '<html>' },
    { status: 404 },
  ])('that refuses at the token endpoint (%j) is cognito_refused', async (fault) => {
    site.pool.injectFault('token', fault);
    expect((await site.login('nia')).get('error')).toBe('cognito_refused');
  });
});

describe('an error that a front-end forwards to the exchange', () => {
  test.each([
    ['email_not_verified', 'email_not_verified'],
    ['login_expired', 'login_expired'],
    ['access_denied', 'cognito_refused'],
    ['server_error', 'cognito_refused'],
    ['<script>', 'cognito_refused'],
    ['__proto__', 'cognito_refused'],
  ] as const)('as %s is %s there, with our own message', async (error, code) => {
    const answer = await site.exchange({ error, error_description: 'evil words' });
    expectRefusal(answer, code);
    expect(JSON.stringify(answer.body)).not.toMatch(/evil|script/);
  });

  test('is shown in the browser if the callback is only a path', async () => {
    await site.strapi.setGrant({ callback: '/api/auth/cognito/callback' });
    try {
      site.pool.injectFault('token', { status: 500 });
      expectRefusal(await exchangeAtFrontEnd('nia'), 'cognito_unavailable');
    } finally {
      await site.strapi.setGrant({ callback: FRONT_END });
    }
  });
});

test('a pool that cannot be reached is cognito_unavailable for a client with a token', async () => {
  const jwksUrl = 'http://localhost:1/.well-known/jwks.json';
  await withConfig(site, { connection: { jwksUrl } }, async () => {
    expectRefusal(await send({ iss: 'http://localhost:1' }), 'cognito_unavailable');
  });
});

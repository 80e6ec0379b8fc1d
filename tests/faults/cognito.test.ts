import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { listen } from '../support/loopback-http';
import type { Fault } from '../support/pool';
import { withConfig } from '../support/fixtures';
import { type Site, redirectParameters, startSite } from '../support/site';
import { listenSelfSigned } from '../support/self-signed';
import { exchangeIdToken, addPoolUser } from '../support/users';

const TIMEOUT = 1_000;

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: { http: { timeout: TIMEOUT } } });
  await reset();
});

afterEach(reset);

async function reset(): Promise<void> {
  site.pool.clearChanges();
  await site.strapi.setGrant({ subdomain: site.pool.origin, jwksurl: site.pool.jwksUrl });
}

/** The users and identities with this email. */
async function readAccount(name: string): Promise<{ users: number; identities: number }> {
  return site.strapi.run(async (strapi, email) => {
    const users = await strapi.db
      .query('plugin::users-permissions.user')
      .count({ where: { email } });
    const all = await strapi.db.query('plugin::cognito.identity').findMany({ populate: ['user'] });
    const identities = all.filter(
      ({ user }) => !user || (user as { email: string }).email === email,
    );
    return { users, identities: identities.length };
  }, `${name}@example.com`);
}

async function expectNextLoginWorks(name: string): Promise<void> {
  // No user without an identity, and no identity without a user.
  expect(await readAccount(name)).toEqual({ users: 0, identities: 0 });
  expectLoggedIn(await site.loginAs(name));
  expect(await readAccount(name)).toEqual({ users: 1, identities: 1 });
}

/** The reason in the log for the last failed login. */
async function reason(): Promise<string> {
  const refusals = (await site.strapi.allLogs()).filter((line) => line.includes('login refused'));
  return refusals.pop() ?? '';
}

let keySets = 0;

/** How to make a login depend on each call. */
const calls = {
  token: () => Promise.resolve(),
  /** Uses a JWKS URL that was never fetched, which belongs to another issuer. */
  jwks: async () => {
    const issuer = site.pool.origin + '/'.repeat((keySets += 1));
    await site.strapi.setGrant({ jwksurl: `${issuer}/.well-known/jwks.json` });
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, iss: issuer } }));
  },
  userInfo: () => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, email: undefined } }));
    return Promise.resolve();
  },
};

type Call = keyof typeof calls;

const all: readonly Call[] = ['token', 'jwks', 'userInfo'];

/** What can go wrong, and what the log has to say about it. */
const faults: [string, Fault | 'to itself', RegExp][] = [
  ['is too slow', { delay: 5 * TIMEOUT }, /no answer within 1000 ms/],
  ['never answers', { hang: true }, /no answer within 1000 ms/],
  ['stalls in the middle', { stall: true }, /no answer within 1000 ms/],
  // With a content-length, Strapi's fetch does not notice this, but the timeout does.
  ['ends in the middle', { cut: true }, /no answer within 1000 ms|ECONNRESET/],
  ['breaks the connection', { reset: true }, /ECONNRESET/],
  ['answers with garbage', { garbage: true }, /not a JSON object/],
  [
    'answers with an HTML page',
    { body: '<!doctype html><p>Sorry', headers: { 'content-type': 'text/html' } },
    /not a JSON object/,
  ],
  ['answers with nothing', { body: '' }, /not a JSON object/],
  ['answers 204', { status: 204 }, /not a JSON object|answered 204/],
  ['answers with a list', { body: [{}] }, /not a JSON object/],
  ['answers with null', { body: null, status: 200 }, /not a JSON object/],
  ['answers with an empty object', { body: {} }, /has no tokens|list of keys|sub is/],
  ['answers with endless nesting', { body: '['.repeat(200_000) }, /not a JSON object/],
  [
    'claims to be compressed, and is not',
    { headers: { 'content-encoding': 'gzip' } },
    /incorrect header|Z_DATA_ERROR|not a JSON object/i,
  ],
  ['sends too much', { body: { x: 'x'.repeat(300 * 1024) } }, /larger than 262144/],
  ['sends too much, compressed', { bomb: true }, /larger than 262144/],
  ['redirects to itself', 'to itself', /answered 307/],
  ['answers 500', { status: 500 }, /answered 500/],
  ['answers 503 with a page', { status: 503, body: '<html>' }, /answered 503/],
  ['answers 429', { status: 429, headers: { 'retry-after': '1' } }, /answered 429/],
];

const paths: Record<Call, string> = {
  token: '/oauth2/token',
  jwks: '/.well-known/jwks.json',
  userInfo: '/oauth2/userInfo',
};

describe.each(all)('%s', (call) => {
  // The compression of userInfo's response is ignored.
  const here = faults.filter(([name]) => call !== 'userInfo' || !name.includes('and is not'));
  test.each(here)(
    '%s: the login fails with a code, leaves no partial account, and the next one works',
    async (_, fault, words) => {
      await calls[call]();
      const location = `${site.pool.origin}${paths[call]}?again`;
      const bad = fault === 'to itself' ? { status: 307, headers: { location } } : fault;
      site.pool.injectFault(call, { ...bad, times: 1 });
      const name = addPoolUser(site);
      const parameters = await site.login(name);
      expect([...parameters.keys()].sort()).toEqual(['error', 'error_description']);
      expect(parameters.get('error')).toBe('cognito_unavailable');
      expect(await reason()).toMatch(words);
      expect(site.pool.requests.some(({ query }) => query.has('again'))).toBe(false);
      await expectNextLoginWorks(name);
    },
  );

  test.each([400, 401, 403, 404])('refuses with %i: the same', async (status) => {
    await calls[call]();
    site.pool.injectFault(call, { status, body: { error: 'words of Cognito' }, times: 1 });
    const name = addPoolUser(site);
    const parameters = await site.login(name);
    const code = call === 'jwks' ? 'cognito_unavailable' : 'cognito_refused';
    expect(parameters.get('error')).toBe(code);
    expect(parameters.toString()).not.toContain('words');
    await expectNextLoginWorks(name);
  });

  test.each(['text/html', 'application/octet-stream', 'nonsense'])(
    'that declares its JSON as %s is still read',
    async (type) => {
      await calls[call]();
      site.pool.injectFault(call, { headers: { 'content-type': type } });
      expectLoggedIn(await site.loginAs(addPoolUser(site)));
    },
  );
});

describe('a URL where no pool responds', () => {
  let selfSigned: Awaited<ReturnType<typeof listenSelfSigned>>;
  let unused: string;

  beforeAll(async () => {
    selfSigned = await listenSelfSigned();
    const gone = await listen(() => undefined);
    unused = gone.origin;
    await gone.stop();
  });

  const places: [string, () => string, RegExp][] = [
    ['a name that does not exist', () => 'https://pool.invalid', /ENOTFOUND|EAI_AGAIN/],
    ['a self-signed certificate', () => selfSigned.origin, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    ['http instead of https', () => site.pool.origin.replace('http:', 'https:'), /EPROTO|ERR_SSL/],
    ['a closed port', () => unused, /ECONNREFUSED/],
  ];

  test.each(places)('%s, for the token request', async (_, origin, words) => {
    const [name, browser] = [addPoolUser(site), new Browser()];
    const back = await site.signIn(name, browser);
    await site.strapi.setGrant({ subdomain: origin() });
    expect(redirectParameters(await browser.get(back)).get('error')).toBe('cognito_unavailable');
    expect(await reason()).toMatch(words);
    await reset();
    await expectNextLoginWorks(name);
  });

  test.each(places)('%s, for the keys', async (_, origin, words) => {
    const name = addPoolUser(site);
    await site.strapi.setGrant({ jwksurl: `${origin()}/.well-known/jwks.json` });
    expectRefusal(await exchangeIdToken(site, name, { iss: origin() }), 'cognito_unavailable');
    expect(await reason()).toMatch(words);
    await reset();
    await expectNextLoginWorks(name);
  });

  test.each(places)('%s, for userInfo', async (_, origin, words) => {
    const name = addPoolUser(site);
    const { access_token } = site.pool.tokensFor(name);
    await site.strapi.setGrant({ subdomain: origin() });
    expectRefusal(await site.exchange({ access_token }), 'cognito_unavailable');
    expect(await reason()).toMatch(words);
    await reset();
    await expectNextLoginWorks(name);
  });

  test('gets no code, no token and no secret', () => {
    expect(selfSigned.requests()).toBe(0);
  });
});

test('keys that change under load fail no login, and are fetched once', async () => {
  await withConfig(site, {}, async () => {
    await site.loginAs('nia');
    site.pool.forgetRequests();
    const names = Array.from({ length: 60 }, () => addPoolUser(site));
    const logins = names.map(async (name, turn) => {
      // In the middle of it, with logins at every step.
      if (turn === 30) site.pool.rotateKeys({ keepOld: true });
      return site.loginAs(name);
    });
    const answers = await Promise.all(logins);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(site.pool.count('/.well-known/jwks.json')).toBe(1);
  });
});

test('a thousand logins that wait for keys at a cold start cause one fetch', async () => {
  // On a busy machine, reading a thousand requests takes longer than the timeout.
  await withConfig(site, { http: { timeout: 60_000 } }, async () => {
    await calls.jwks();
    const iss = site.pool.origin + '/'.repeat(keySets);
    const claims = { ...site.pool.idClaims('nia'), iss, aud: 'another' };
    const id_token = site.pool.sign({ claims });
    site.pool.forgetRequests();
    site.pool.injectFault('jwks', { delay: 500 });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => site.exchangeByPost({ id_token })),
    );
    // Each had the keys: only what is checked after the signature is wrong.
    const codes = answers.map(({ body }) => body.error?.details.code);
    expect(new Set(codes)).toEqual(new Set(['token_audience']));
    expect(site.pool.count('/.well-known/jwks.json')).toBe(1);
  });
});

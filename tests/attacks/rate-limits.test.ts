import { connect } from 'node:net';
import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { addPoolUser, exchangeIdToken } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    usersPermissions: { ratelimit: { enabled: true, max: 3, interval: 60_000 } },
    cognito: {
      bearer: { enabled: true, provision: true },
      rateLimit: { enabled: true, failures: 30 },
    },
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

// users-permissions limits its own routes. The plugin takes only the routes of its own logins out of
// that, by the route that was matched, and never by a text in the address.
describe('the rate limit of users-permissions', () => {
  /** Sends a request line as it is written, and reads the status. */
  function send(line: string, body = '{}'): Promise<number> {
    const { port } = new URL(site.strapi.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (part: string) => (text += part));
      socket.on('end', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
      socket.on('error', reject);
      socket.write(
        `${line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n` +
          `content-length: ${String(body.length)}\r\n\r\n${body}`,
      );
    });
  }

  const credentials = JSON.stringify({ identifier: 'nobody', password: 'guess' });

  test.each([
    ['/api/auth/local#/connect/cognito', credentials],
    ['/api/auth/local?x=/connect/cognito', credentials],
    ['/api/auth/local?/connect/cognito/', credentials],
    ['/api/auth/forgot-password#/connect/cognito', JSON.stringify({ email: 'a@example.com' })],
    ['/api/auth/reset-password?x=/connect/cognito', '{}'],
    ['/api/auth/local/register#/connect/cognito', '{}'],
  ])('POST %s is limited', async (target, body) => {
    const statuses = [];
    for (let count = 0; count < 5; count += 1) statuses.push(await send(`POST ${target}`, body));
    expect(statuses.slice(3)).toEqual([429, 429]);
  });

  test('a Cognito login is not, in any spelling of its URL', async () => {
    for (let count = 0; count < 6; count += 1) {
      expect(await send('GET /api/connect/cognito', '')).toBe(302);
    }
  });

  test('another provider is limited', async () => {
    const statuses = [];
    for (let count = 0; count < 5; count += 1) {
      statuses.push(await send('GET /api/connect/github?x=/connect/cognito', ''));
    }
    expect(statuses.slice(3)).toEqual([429, 429]);
  });

  test('the absolute form of a URL starts a login, and leaves no stack in the log', async () => {
    await site.strapi.forgetLogs();
    expect(await send('GET http://x/api/connect/cognito', '')).toBe(302);
    const lines = await site.strapi.allLogs();
    expect(lines.filter((line) => /^\s+at |error/i.test(line))).toEqual([]);
  });
});

// Bearer tokens are behind the same limit as every other way in.
describe('bearer tokens', () => {
  async function call(token: string): Promise<number> {
    const response = await fetch(`${site.strapi.url}/api/users/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  }

  const accessToken = (name: string, change: object = {}) =>
    site.pool.sign({ claims: { ...site.pool.accessClaims(name), ...change } });

  test('a hundred valid calls are not limited', async () => {
    const name = addPoolUser(site);
    expectLoggedIn(await exchangeIdToken(site, name));
    const token = accessToken(name);
    for (let count = 0; count < 100; count += 1) expect(await call(token)).toBe(200);
  });

  test('a token that was refused does not make the same call to Cognito again', async () => {
    site.pool.forgetRequests();
    await site.strapi.advanced({ allow_register: false });
    try {
      const token = accessToken(addPoolUser(site));
      const statuses = [];
      for (let count = 0; count < 20; count += 1) statuses.push(await call(token));
      expect(new Set(statuses)).toEqual(new Set([403]));
      expect(site.pool.count('/oauth2/userInfo')).toBe(1);
    } finally {
      await site.strapi.advanced({ allow_register: true });
    }
  });

  test('a hundred invalid tokens are refused, with one log line for the rate limit', async () => {
    // The failures of the tests above do not count.
    await site.strapi.restart();
    await site.strapi.forgetLogs();
    const junk = accessToken(addPoolUser(site), { exp: 1 });
    const start = performance.now();
    const statuses = [];
    for (let count = 0; count < 100; count += 1) statuses.push(await call(junk));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const { length: refused } = statuses.filter((status) => status === 401);
    // Thirty failures, and one more for every two seconds that the calls take.
    expect(refused).toBeLessThanOrEqual(30 + Math.ceil((performance.now() - start) / 2_000));
    const lines = (await site.strapi.allLogs()).filter((line) => line.includes('[cognito]'));
    expect(lines.filter((line) => line.includes('too_many_requests'))).toHaveLength(1);
    expect(lines.length).toBeLessThanOrEqual(refused + 2);
  });
});

import { connect } from 'node:net';
import { type Site, startSite } from '../support/site';

// users-permissions limits its own routes. The plugin takes only the routes of its own logins out of
// that, by the route that was matched, and never by a text in the address.

let site: Site;

beforeAll(async () => {
  site = await startSite({
    usersPermissions: { ratelimit: { enabled: true, max: 3, interval: 60_000 } },
  });
});

afterAll(() => site.stop());

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

// Row 13.
test('the absolute form of a URL starts a login, and leaves no stack in the log', async () => {
  await site.strapi.forgetLogs();
  expect(await send('GET http://x/api/connect/cognito', '')).toBe(302);
  const lines = await site.strapi.allLogs();
  expect(lines.filter((line) => /^\s+at |error/i.test(line))).toEqual([]);
});

import net from 'node:net';
import { Browser } from '../support/browser';
import { type Site, redirectParameters, startSite } from '../support/site';

// Names of cookies that begin as ours do come back in Set-Cookie, to be cleared: whatever bytes they have.

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

afterAll(() => site.stop());

/** Sends a request as it is, one byte a character, and gives the answer as it comes. */
function send(path: string, cookie: string): Promise<string> {
  const { hostname, port, host } = new URL(site.strapi.url);
  const text = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.end(Buffer.from(text, 'latin1'));
  });
}

const prefix = 'cognito-login.';
/** All bytes but those that node refuses in a header, and those that end a name or a cookie. */
const bytes = [0x09, ...Array.from({ length: 0x100 - 0x20 }, (_, n) => n + 0x20)]
  .filter((byte) => byte !== 0x7f)
  .map((byte) => String.fromCharCode(byte))
  .filter((character) => !';='.includes(character));

test('every byte in a name has the same response, and deletes no other cookie', async () => {
  for (let from = 0; from < bytes.length; from += 16) {
    const names = bytes.slice(from, from + 16).map((byte) => `${prefix}${byte}x`);
    const cookie = names.map((name) => `${name}=y`).join('; ');
    const answer = await send('/api/connect/cognito', cookie);
    expect(answer).toMatch(/^HTTP\/1\.1 302 /);
    const set = [...answer.matchAll(/^set-cookie: ([^;\r]*)/gim)].map(([, pair = '']) => pair);
    // Four are left beside the login, and the others go.
    expect(set.length).toBeGreaterThanOrEqual(names.length - 4);
    for (const pair of set) expect(pair.startsWith(prefix)).toBe(true);
    expect(await send('/api/connect/cognito/callback?state=x&code=y', cookie)).toMatch(
      /^HTTP\/1\.1 302 /,
    );
  }
});

test.each([
  ['values', `${prefix}x=a=b=c; ${prefix}y==; ${prefix}z=.; ${prefix}w=..; ${prefix}v=a.b.c`],
  ['no values', `${prefix}; ${prefix}x; =; ;;; =${prefix}x=y`],
  ['names of objects', `${prefix}__proto__=x; __proto__=x; ${prefix}constructor=x; toString=y`],
  ['many', Array.from({ length: 500 }, (_, n) => `${prefix}${String(n)}=a.b`).join('; ')],
  ['blanks', `${' '.repeat(5000)}${prefix}x${' \t'.repeat(3000)}=y`],
  ['one large', `${prefix}x=${'A'.repeat(12_000)}.${'B'.repeat(27)}`],
])('unusual %s neither complete nor break a login', async (_, cookie) => {
  expect(await send('/api/connect/cognito', cookie)).toMatch(/^HTTP\/1\.1 302 /);
  const answer = await send('/api/connect/cognito/callback?state=x&code=y', cookie);
  expect(answer).toMatch(/^location: .*error=invalid_request/im);
  const browser = new Browser();
  const back = await site.signIn('ann', browser);
  expect(redirectParameters(await browser.get(back)).has('access_token')).toBe(true);
});

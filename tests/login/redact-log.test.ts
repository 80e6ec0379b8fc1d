import { connect, type Socket } from 'node:net';
import { redact } from '../../server/login/redact-log';
import { type Site, startSite } from '../support/site';

const SECRET = 's3cret-of-a-login';

describe('a secret parameter is found', () => {
  test.each([
    '/api/auth/cognito/callback?access_token=SECRET',
    '/api/auth/cognito/callback?id_token=SECRET&x=1',
    '/api/connect/cognito/callback?state=abc&code=SECRET',
    '/cb?refresh_token=SECRET',
    '/cb?code_verifier=SECRET',
    '/cb?client_secret=SECRET',
    '/cb?ACCESS_TOKEN=SECRET',
    '/cb?access%5Ftoken=SECRET',
    '/cb?%61ccess%5ftoken=SECRET',
    '/cb?access_token[0]=SECRET',
    '/cb?access_token%5B0%5D=SECRET',
    '/cb?access_token[]=SECRET&access_token[]=SECRET',
    '/cb?access_token[a][b]=SECRET',
    '/cb?raw[access_token]=SECRET',
    '/cb?raw%5Baccess_token%5D=SECRET',
    '/cb?x=1;access_token=SECRET',
    '/cb?x=1#access_token=SECRET',
    '/cb%3Faccess_token=SECRET',
    '/cb%3Faccess_token%3DSECRET',
    '/cb%3fx=1%26id_token%3dSECRET',
    '/cb%3Bcode%3DSECRET',
    '/cb;access_token=SECRET',
    '/login?redirect=https%3A%2F%2Ffe.example%2Fcb%3Faccess_token%3DSECRET',
    '/login?next=%2Fa%3Fredirect%3D%252Fcb%253Faccess_token%253DSECRET',
    '/login?next=%2Fcb%3Faccess%255Ftoken%3DSECRET%26x%3D1',
    '/cb?x=%zz&code=SECRET',
    '/cb?a=b=c&code=SECRET',
    'GET http://x/cb?access_token=SECRET (3 ms) 200',
    'failed: "https://a.example/cb?code=SECRET", and <https://a.example/cb?code=SECRET>',
    `Error: no\n    at GET /cb?x=1&access_token=SECRET`,
  ])('in %s', (text) => {
    const redacted = redact(text.replaceAll('SECRET', SECRET));
    expect(redacted).not.toContain(SECRET);
    expect(redacted).toContain('[redacted]');
    expect(redacted.replace(/\[redacted\].*/s, '')).toBe(text.replace(/SECRET.*/s, ''));
  });

  test('and the text after its value stays', () => {
    expect(redact('GET /cb?access_token=a.b.c&x=1 (3 ms) 200')).toBe(
      'GET /cb?access_token=[redacted]&x=1 (3 ms) 200',
    );
  });
});

test.each([
  'GET /api/articles?filters[code_name][$eq]=x&sort=title (3 ms) 200',
  'GET /api/articles?postcode=1010&access_tokens=2&barcode[0]=3 (3 ms) 200',
  'GET /api/auth/cognito/callback?access_token=&x=1',
  'the process ended with code=1',
  '[cognito] login refused, token_expired: exp=1',
  '100 % of ?; nothing & all = well',
])('a text without one does not change: %s', (text) => {
  expect(redact(text)).toBe(text);
});

describe('in the log of a Strapi', () => {
  let site: Site;

  beforeAll(async () => {
    site = await startSite({
      config: {
        middlewares: [
          'strapi::logger',
          'strapi::errors',
          'strapi::security',
          'strapi::cors',
          'strapi::poweredBy',
          'strapi::query',
          'strapi::body',
          'strapi::session',
          'strapi::favicon',
          'strapi::public',
          'global::failing',
        ],
      },
      files: {
        'src/middlewares/failing.js': `module.exports = () => async (ctx, next) => {
          if (ctx.path === '/failing') throw new Error('no way to ' + ctx.url);
          if (ctx.path === '/seen') { ctx.body = { query: ctx.query }; return; }
          return next();
        };`,
      },
    });
  });

  beforeEach(() => site.strapi.forgetLogs());

  /** Sends a raw request line, which a client would normalize. */
  function send(target: string): Promise<string> {
    const { hostname, port } = new URL(site.strapi.url);
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket: Socket = connect(Number(port), hostname, () => {
        socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
      });
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => (answer += text));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  }

  test.each([
    '/api/auth/cognito/callback?access_token=SECRET',
    '/api/auth/cognito/callback?id_token=SECRET',
    '/api/auth/cognito//callback?access_token=SECRET',
    '/api/auth/cognito/callback/?access_token=SECRET',
    '/api/auth/cognito/callback;x?access_token=SECRET',
    '/api/auth/cognito%2fcallback?access_token=SECRET',
    '/api/auth/%63ognito/callback?access%5Ftoken=SECRET',
    '/api/connect/cognito/callback?code=SECRET&state=x',
    '/api/connect/cognito//callback?code=SECRET&state=x',
    '/api/connect/cognito/callback;x?code=SECRET&state=x',
    '/api/auth/cognito/logout?id_token=SECRET',
    '/graphql?access_token=SECRET',
    '/nowhere?access_token[0]=SECRET',
    '/nowhere?raw[access_token]=SECRET',
    '/nowhere%3Faccess_token=SECRET',
    '/nowhere?back=https%3A%2F%2Ffe.example%2F%3Faccess_token%3DSECRET',
    'http://x/api/auth/cognito/callback?access_token=SECRET',
    '/failing?code=SECRET',
  ])('%s is logged with its path and no secret', async (target) => {
    await send(target.replace('SECRET', SECRET));
    const lines = await site.strapi.allLogs();
    expect(lines.filter((line) => line.includes(SECRET))).toEqual([]);
    expect(lines.filter((line) => line.includes('http: GET '))).toEqual([
      expect.stringContaining(`GET ${target.split('SECRET')[0]}[redacted]`),
    ]);
  });

  test('an error with a secret in its message is logged without it, and with its stack', async () => {
    await send(`/failing?code=${SECRET}`);
    expect((await site.strapi.allLogs()).join('\n')).toMatch(
      /error: no way to \/failing\?code=\[redacted\]\n(?:.*\n)*\s+at /,
    );
  });

  test('the request keeps its query for code of the site', async () => {
    const answer = await send(`/seen?access_token=${SECRET}&tenant=acme`);
    expect(answer).toContain(`{"query":{"access_token":"${SECRET}","tenant":"acme"}}`);
  });

  test('a whole login, with every kind of credential, leaves none of its secrets', async () => {
    const parameters = await site.login('nia');
    const code = parameters.get('access_token')!;
    expect((await site.exchange({ access_token: code })).status).toBe(200);
    const { id_token, access_token } = site.pool.tokensFor('nia');
    expect((await site.exchange({ id_token })).status).toBe(200);
    expect((await site.exchange({ access_token })).status).toBe(200);
    const text = (await site.strapi.allLogs()).join('\n');
    expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(4);
    for (const secret of [code, id_token, access_token]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/code=(?!\[redacted\])/);
  });
});

test('Strapi starts with a logger of the site’s own, and a warning', async () => {
  const { strapi } = await startSite({
    files: {
      'src/extensions/users-permissions/strapi-server.js': `'use strict';
module.exports = (plugin) => {
  const log = (level) => (...args) => console.log('own', level, ...args);
  const logger = Object.fromEntries(['debug', 'http', 'info', 'warn', 'error'].map((level) => [level, log(level)]));
  Object.defineProperty(strapi, 'log', { value: logger });
  return plugin;
};
`,
    },
  });
  expect((await strapi.allLogs()).join('\n')).toContain(
    'own warn [cognito] the site has its own logger',
  );
});

import { Browser } from '../support/browser';
import { expectRefusal } from '../support/assertions';
import { Checker } from '../support/diagnostics';
import { type LoopbackServer, listen } from '../support/loopback-http';
import { type Site, startSite } from '../support/site';

// An admin who may edit the Providers page types a Host URI on Strapi's own computer: the client secret of
// config/plugins is sent to what listens there, and "Check connection" says which ports are open.

const SECRET = 'the-secret-of-the-config-file';
const cognito = { connection: { clientSecret: SECRET } };

let published: Site;
let production: Site;
let listener: LoopbackServer;
let silent: LoopbackServer;
/** What came to the listener. */
let heard: string[] = [];

beforeAll(async () => {
  listener = await listen((request, response) => {
    heard.push(
      `${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`,
    );
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end('{"error":"invalid_grant"}');
  });
  silent = await listen(() => undefined);
  [published, production] = await Promise.all([
    startSite({ url: 'https://cms.example.com', cognito }),
    startSite({ nodeEnv: 'production', url: 'http://localhost:1337', cognito }),
  ]);
});

beforeEach(() => {
  heard = [];
});

async function tryToLogIn(site: Site): Promise<void> {
  const response = await new Browser().get(site.connectUrl);
  expect(response.location).toMatch(/^http:\/\/localhost:3000\/.*[?&]error=not_configured&/);
  const code = { code: 'x', code_verifier: 'x'.repeat(43), redirect_uri: 'com.example.app://x' };
  expectRefusal(await site.exchangeByPost(code), 'not_configured');
}

describe('a Strapi whose url is public', () => {
  test.each(['http:', 'https:'])('has no Host URI on loopback, by %s', async (protocol) => {
    const subdomain = listener.origin.replace('http:', protocol);
    await published.strapi.setGrant({ subdomain });
    await tryToLogIn(published);
    expect(heard).toEqual([]);
  });

  test('fetches no keys from loopback', async () => {
    const subdomain = 'shop.auth.eu-west-1.amazoncognito.com';
    const jwksurl = `${listener.origin}/.well-known/jwks.json`;
    await published.strapi.setGrant({ subdomain, jwksurl });
    const { id_token } = published.pool.tokensFor('ann');
    expectRefusal(await published.exchangeByPost({ id_token }), 'not_configured');
    expect(heard).toEqual([]);
    await published.strapi.setGrant({ jwksurl: '' });
  });

  test('does not reveal which ports are open', async () => {
    const checker = new Checker(published.strapi, await published.strapi.admin());
    const gone = await listen(() => undefined);
    await gone.stop();
    const { port } = new URL(listener.origin);
    const found: string[] = [];
    for (const at of [port, new URL(gone.origin).port, new URL(silent.origin).port]) {
      for (const host of [
        `http://127.0.0.1:${at}`,
        `https://localhost:${at}`,
        `https://[::1]:${at}`,
      ]) {
        await published.strapi.setGrant({ subdomain: host });
        const { checks } = await checker.all();
        const told = checks.map(({ id, code }) => `${id} ${code}`).join('\n');
        found.push(told);
        expect(told).toContain('host-uri host-uri.loopback');
      }
      const jwksurl = `http://127.0.0.1:${at}/.well-known/jwks.json`;
      const subdomain = 'shop.auth.eu-west-1.amazoncognito.com';
      await published.strapi.setGrant({ subdomain, jwksurl });
      expect(await checker.codes('issuer', 'jwks')).toEqual(['issuer.loopback', 'skipped.issuer']);
      await published.strapi.setGrant({ jwksurl: '' });
    }
    expect(new Set(found).size).toBe(1);
    expect(heard).toEqual([]);
    expect([...silent.requests, ...gone.requests]).toEqual([]);
  });
});

describe('a Strapi in production whose url is on loopback', () => {
  test('does not send the secret of the config to a Host URI on loopback from the page', async () => {
    await production.strapi.setGrant({ subdomain: listener.origin });
    await tryToLogIn(production);
    expect(heard).toEqual([]);
    const checker = new Checker(production.strapi, await production.strapi.admin());
    expect((await checker.one('host-uri')).code).toBe('host-uri.not-of-config');
    expect(heard).toEqual([]);
  });

  test('sends it to one from the config, as a demo does', async () => {
    const { origin } = production.pool;
    await production.strapi.restart({
      nodeEnv: 'production',
      url: 'http://localhost:1337',
      cognito: { connection: { ...cognito.connection, domain: origin } },
    });
    const { location = '' } = await new Browser().get(production.connectUrl);
    expect(new URL(location).origin).toBe(origin);
  });

  test('accepts none if it only guesses its url', async () => {
    await production.strapi.restart({ nodeEnv: 'production', cognito: {} });
    await production.strapi.run((strapi) => {
      strapi.config.set('server.url', '');
      strapi.config.set('server.host', 'localhost');
    });
    await production.strapi.setGrant({ subdomain: listener.origin });
    await tryToLogIn(production);
    expect(heard).toEqual([]);
  });
});

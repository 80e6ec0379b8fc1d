import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import type { AppClient } from '../support/pool';
import { type Site, redirectParameters, startSite } from '../support/site';
import { addPoolUser, createUser, exchangeIdToken } from '../support/users';

// What an attacker can send to Strapi with only their own Cognito account.

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(async () => {
  await site.clearUsers();
  await setIssuer(site.pool.jwksUrl);
  site.pool.forgetRequests();
});

afterEach(() => site.pool.clearChanges());

/** Sets the user pool by its JWKS URL; without one it is not known before the first login. */
async function setIssuer(jwksurl: string): Promise<void> {
  await site.strapi.run((strapi) =>
    strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' }).set({ value: {} }),
  );
  await site.strapi.setGrant({ jwksurl });
}

test('a Host URI on loopback is accepted by the Strapi of a developer', async () => {
  expect(redirectParameters(await new Browser().get(site.connectUrl)).has('state')).toBe(true);
});

// RFC 9207: an answer that names another issuer is the answer of another server, whatever its state.
describe('the issuer in the response from Cognito', () => {
  /** How a login ends whose answer has more parameters. */
  async function end(more: string): Promise<string> {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    const parameters = redirectParameters(await browser.get(back + more));
    // It is spent, whatever came of it.
    expect(redirectParameters(await browser.get(back)).get('error')).toBe('invalid_request');
    return parameters.get('error') ?? [...parameters.keys()].join(' ');
  }

  const iss = (issuer: string) => `&iss=${encodeURIComponent(issuer)}`;
  const others = () => [
    'https://issuer.example',
    `${site.pool.issuer}/`,
    site.pool.issuer.toUpperCase(),
    'null',
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
  ];

  test('that of the pool is accepted', async () => {
    expect(await end(iss(site.pool.issuer))).toBe('access_token');
  });

  test('any other one is refused before the code is redeemed', async () => {
    for (const other of others()) expect(await end(iss(other))).toBe('token_issuer');
    expect(site.pool.count('/oauth2/token')).toBe(0);
  });

  test('two of them are refused', async () => {
    const twice = iss(site.pool.issuer) + iss('https://issuer.example');
    expect(await end(twice)).toBe('invalid_request');
    expect(site.pool.count('/oauth2/token')).toBe(0);
  });

  test('an error from another issuer is not passed on', async () => {
    const browser = new Browser();
    const { location = '' } = await browser.get(site.connectUrl);
    const back = new URL(site.strapi.redirectUri);
    back.search = new URLSearchParams({
      error: 'access_denied',
      error_description: 'words of the attacker',
      state: new URL(location).searchParams.get('state') ?? '',
      iss: 'https://issuer.example',
    }).toString();
    const parameters = redirectParameters(await browser.get(back.href));
    expect(parameters.get('error')).toBe('token_issuer');
    expect(parameters.toString()).not.toContain('attacker');
  });

  describe('if the issuer is not known yet', () => {
    beforeEach(() => setIssuer(''));

    test('one that the Host URI can have is accepted, and detected with the tokens', async () => {
      expect(await end(iss(site.pool.issuer))).toBe('access_token');
    });

    test('one that it cannot have is refused before the code is redeemed', async () => {
      for (const other of others()) expect(await end(iss(other))).toBe('token_issuer');
      expect(site.pool.count('/oauth2/token')).toBe(0);
    });
  });
});

// A leaked code of the site's own client is useless without the client secret, which Strapi would add for any sender.
describe('a leaked authorization code', () => {
  const APP = 'com.example.app://callback';

  let app: AppClient;

  beforeAll(() => {
    site.pool.client.callbackUrls.push(APP);
    app = site.pool.addClient({ callbackUrls: [APP] });
  });

  /** A code that was given to one client, and what was said when it was asked for. */
  async function codeOf({ clientId }: AppClient) {
    const code_verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: APP,
      scope: 'openid email profile',
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const url = `${site.pool.origin}/oauth2/authorize?${query.toString()}`;
    const code = new URL(await site.pool.authorize(url, 'ann')).searchParams.get('code') ?? '';
    return { code, code_verifier, redirect_uri: APP };
  }

  test('a code of the site’s own client is refused, without a call to Cognito', async () => {
    const grant = await codeOf(site.pool.client);
    expectRefusal(await site.exchangeByPost(grant), 'invalid_request');
    const { clientId } = site.pool.client;
    expectRefusal(await site.exchangeByPost({ ...grant, client_id: clientId }), 'invalid_request');
    expect(site.pool.count('/oauth2/token')).toBe(0);
  });

  test('unless the site has configured the redirect URI', async () => {
    const redirectUris = ['https://app.example.com/cb', APP];
    await withConfig(site, { tokens: { redirectUris } }, async () => {
      expectLoggedIn(await site.exchangeByPost(await codeOf(site.pool.client)));
    });
    await withConfig(site, { tokens: { redirectUris: [`${APP}/`] } }, async () => {
      expectRefusal(await site.exchangeByPost(await codeOf(site.pool.client)), 'invalid_request');
    });
  });

  test('a code of an additional client needs no entry: no secret is added to it', async () => {
    const tokens = { additionalClientIds: [app.clientId] };
    await withConfig(site, { tokens }, async () => {
      const body = { ...(await codeOf(app)), client_id: app.clientId };
      expectLoggedIn(await site.exchangeByPost(body));
    });
  });
});

// Emails that mail programs read as other addresses than the one that Cognito has verified, and tokens
// whose email is none.
describe('an email', () => {
  test.each([
    '<victim@example.com>',
    'victim@example.com;',
    'victim@example.com,attacker@example.com',
    '"victim@example.com"@attacker.example',
    'victim@example.com\r\nbcc:x',
    '=?utf-8?q?victim=40example.com=3e?=@attacker.example',
  ])('%j is not one, and creates no user', async (email) => {
    expectRefusal(await exchangeIdToken(site, addPoolUser(site), { email }), 'email_missing');
    expect(await site.strapi.users()).toEqual([]);
  });

  describe('claim that is not a string', () => {
    test.each([null, '', 7, true, [], ['a@example.com'], {}, { email: 'a@example.com' }])(
      'makes an id_token malformed: %j',
      async (email) => {
        const name = addPoolUser(site);
        expectRefusal(await exchangeIdToken(site, name, { email }), 'token_malformed');
        expectLoggedIn(await exchangeIdToken(site, name));
      },
    );

    test.each([null, '', ['a@example.com']])(
      'is no reason to ask userInfo in a login in the browser: %j',
      async (email) => {
        site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, email } }));
        expect((await site.login('ann')).get('error')).toBe('token_malformed');
        expect(site.pool.count('/oauth2/userInfo')).toBe(0);
      },
    );

    test('makes an access token malformed, without a call to userInfo', async () => {
      const claims = { ...site.pool.accessClaims('ann'), email: null };
      const access_token = site.pool.sign({ claims, key: 'access' });
      expectRefusal(await site.exchangeByPost({ access_token }), 'token_malformed');
      expect(site.pool.count('/oauth2/userInfo')).toBe(0);
    });
  });

  test('a token without an email is valid, because userInfo has it', async () => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, email: undefined } }));
    expect((await site.login('ann')).has('access_token')).toBe(true);
    expect(site.pool.count('/oauth2/userInfo')).toBe(1);
  });
});

// Discord's provider marks a user as confirmed whatever Discord says of the email: an attacker who has
// the victim's address in an unverified Discord account shares the account that the victim is linked to.
describe('with linking by a verified email', () => {
  const linking = (work: () => Promise<void>) =>
    withConfig(site, { users: { linking: 'verified-email' } }, work);

  beforeAll(() => site.strapi.advanced({ email_confirmation: true }));

  afterAll(() => site.strapi.advanced({ email_confirmation: false }));

  test.each(['discord', 'github', 'google', null])(
    'a user of provider %p who is marked as confirmed is not linked',
    async (provider) => {
      const name = addPoolUser(site);
      const user = await createUser(site, { email: `${name}@example.com`, provider });
      expect(user.confirmed).toBe(true);
      await linking(async () => expectRefusal(await exchangeIdToken(site, name), 'email_taken'));
      expect(await site.rows('identity')).toEqual([]);
    },
  );

  test('a user who confirmed the mail of users-permissions is linked', async () => {
    const name = addPoolUser(site);
    const user = await createUser(site, { email: `${name}@example.com` });
    await linking(async () => {
      expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
    });
  });
});

// Names of cookies that begin as ours do come back in Set-Cookie, to be cleared: whatever bytes they have.
describe('cookies', () => {
  /** Sends a request unchanged, one byte per character, and returns the raw response. */
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
});

// A user who logs in again and again must not push the records of others out of the list.
describe('login records', () => {
  test('a thousand logins of one user do not displace the records of another', async () => {
    const [victim, attacker] = [await createUser(site), await createUser(site)];
    await site.strapi.run(
      async (strapi, ids: { victim: number; attacker: number }) => {
        const records = strapi.plugin('cognito').service('login-records');
        records.add?.('exchange', 'ok', ids.victim);
        for (let flush = 0; flush < 140; flush += 1) {
          for (let count = 0; count < 100; count += 1)
            records.add?.('exchange', 'ok', ids.attacker);
          await records.flush?.();
        }
      },
      { victim: victim.id, attacker: attacker.id },
    );
    const rows = await site.rows('login-record', ['account']);
    const of = (id: number) =>
      rows.filter(({ account }) => (account as { id: number } | null)?.id === id);
    expect(of(victim.id)).toHaveLength(1);
    expect(of(attacker.id).length).toBeLessThanOrEqual(60);
    expect(of(attacker.id).length).toBeGreaterThanOrEqual(50);
  });

  test('a burst of one user leaves space for others before it is written', async () => {
    const [victim, attacker] = [await createUser(site), await createUser(site)];
    await site.strapi.run(
      async (strapi, ids: { victim: number; attacker: number }) => {
        const records = strapi.plugin('cognito').service('login-records');
        for (let count = 0; count < 1300; count += 1) records.add?.('exchange', 'ok', ids.attacker);
        records.add?.('exchange', 'ok', ids.victim);
        await records.flush?.();
      },
      { victim: victim.id, attacker: attacker.id },
    );
    const rows = await site.rows('login-record', ['account']);
    expect(rows.some(({ account }) => (account as { id: number }).id === victim.id)).toBe(true);
  });
});

import { parseUserPoolDomain } from '../../server/protocol/endpoints';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { listen } from '../support/loopback-http';
import { type Exchanged, FRONT_END, type Site, redirectParameters } from '../support/site';
import { withClaims } from '../support/invalid-tokens';
import { PASSWORD, updateUser, logInLocally, addPoolUser, createUser } from '../support/users';
import {
  signAccessToken,
  getApiStatus,
  toFrontEnd,
  getAuthorizationRequest,
  dumpDatabase,
  expectError,
  isFrontEnd,
  expectRefusedLogin,
  getTokenRequest,
} from './checks';
import type { Section } from './table';

const rfc = (section: string) => `https://www.rfc-editor.org/rfc/rfc9700#section-${section}`;

/** Headers about the host, which a proxy sets, and any client can too. */
const FORWARDED = {
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '203.0.113.7',
  forwarded: 'host=evil.example;proto=https',
};

const logoutUrl = (site: Site, query = '') => `${site.strapi.url}/api/auth/cognito/logout${query}`;

/** Sends the code of one login to the callback of another, which has its own state, nonce and verifier. */
async function exchangeForeignCode(
  site: Site,
  getCode: (site: Site) => Promise<string>,
): Promise<string | null> {
  const browser = new Browser();
  const back = new URL(await site.signIn(addPoolUser(site), browser));
  back.searchParams.set('code', await getCode(site));
  return redirectParameters(await browser.get(back.href)).get('error');
}

/** An authorization code of another user's login, with or without a challenge. */
async function stolenCode(site: Site, { challenge }: { challenge: boolean }): Promise<string> {
  const { location = '' } = await new Browser().get(site.connectUrl);
  const url = new URL(location);
  if (!challenge) {
    ['code_challenge', 'code_challenge_method'].forEach((name) => url.searchParams.delete(name));
  }
  const back = await site.pool.authorize(url.href, 'ann');
  return new URL(back).searchParams.get('code') ?? '';
}

export const rfc9700: Section = {
  title: 'RFC 9700: best current practice for OAuth 2.0 security',
  about:
    'Its requirements for a client, and for a resource server that accepts Cognito’s access tokens.',
  rows: [
    {
      name: '2.1 Protecting redirect-based flows',
      source: rfc('2.1'),
      rule: 'Only the registered redirect URI goes to both endpoints, whatever the request says.',
      check: async (site) => {
        for (const query of ['', '?redirect_uri=https%3A%2F%2Fevil.example']) {
          const authorizeUrl = await getAuthorizationRequest(site, query, FORWARDED);
          expect(authorizeUrl.getAll('redirect_uri')).toEqual([site.strapi.redirectUri]);
        }
        await site.code(addPoolUser(site));
        expect(getTokenRequest(site).form.getAll('redirect_uri')).toEqual([
          site.strapi.redirectUri,
        ]);
      },
    },
    {
      name: '2.1.1 Authorization code grant',
      source: rfc('2.1.1'),
      rule: 'PKCE with S256 and a nonce, both new for each login, also for a client with a secret.',
      check: async (site) => {
        expect(site.pool.client.clientSecret).toBeDefined();
        const logins = await Promise.all([1, 2, 3].map(() => getAuthorizationRequest(site)));
        for (const name of ['code_challenge', 'nonce', 'state']) {
          const values = logins.map((login) => login.get(name) ?? '');
          expect(values.every((value) => value.length >= 40)).toBe(true);
          expect(new Set(values).size).toBe(3);
        }
        expect(logins.map((login) => login.get('code_challenge_method'))).toEqual(
          Array(3).fill('S256'),
        );
      },
    },
    {
      name: '2.1.2 Implicit grant',
      source: rfc('2.1.2'),
      rule: 'Tokens come only from the token endpoint; those in an authorization response are not accepted.',
      check: async (site) => {
        expect((await getAuthorizationRequest(site)).get('response_type')).toBe('code');
        const browser = new Browser();
        const back = new URL(await site.signIn('ann', browser));
        back.searchParams.delete('code');
        const { id_token, access_token } = site.pool.tokensFor('ann');
        back.searchParams.set('id_token', id_token);
        back.searchParams.set('access_token', access_token);
        expectError(redirectParameters(await browser.get(back.href)), 'invalid_request');
      },
    },
    {
      name: '2.2.1 Access tokens',
      source: rfc('2.2.1'),
      rule: 'Access tokens are bound to their sender.',
      notApplicable: 'Cognito only has bearer tokens',
    },
    {
      name: '2.2.2 Refresh tokens',
      source: rfc('2.2.2'),
      rule: 'Refresh tokens stay confidential: none is stored, forwarded or logged.',
      check: async (site) => {
        const tokens: string[] = [];
        site.pool.changeTokenResponse((body) => {
          tokens.push(...['refresh_token', 'access_token', 'id_token'].map((n) => String(body[n])));
          return body;
        });
        const browser = new Browser();
        const back = await site.signIn(addPoolUser(site), browser);
        const { location, body, headers } = await browser.get(back);
        const places = [
          await dumpDatabase(site),
          (await site.strapi.allLogs()).join('\n'),
          `${String(location)} ${body} ${JSON.stringify(headers)}`,
        ];
        expect(tokens).toHaveLength(3);
        for (const place of places) {
          expect(tokens.filter((token) => place.includes(token))).toEqual([]);
        }
      },
    },
    {
      name: '2.3 Access token privilege restriction',
      source: rfc('2.3'),
      rule: 'The API accepts only access tokens of its own client.',
      check: async (site) => {
        const name = addPoolUser(site);
        expectLoggedIn(await site.loginAs(name));
        const other = signAccessToken(site, name, { client_id: 'another-client' });
        expect(await getApiStatus(site, other)).toBe(401);
        expect(await getApiStatus(site, signAccessToken(site, name))).toBe(200);
        expectRefusal(await site.exchangeByPost({ access_token: other }), 'token_audience');
      },
    },
    {
      name: '2.4 Resource owner password credentials grant',
      source: rfc('2.4'),
      rule: 'Strapi never asks for or accepts a Cognito password: a Cognito user has no password login.',
      check: async (site) => {
        const { username, id } = await createUser(site, { password: PASSWORD });
        expect((await logInLocally(site, username)).status).toBe(200);
        await updateUser(site, id, { provider: 'cognito' });
        expect((await logInLocally(site, username)).status).toBe(400);
        await site.code(addPoolUser(site));
        expect(getTokenRequest(site).form.getAll('grant_type')).toEqual(['authorization_code']);
      },
    },
    {
      name: '2.5 Client authentication',
      source: rfc('2.5'),
      rule: 'Asymmetric client authentication, if the server supports it.',
      notApplicable: 'Cognito only has client secrets',
    },
    {
      name: '2.6 Other recommendations',
      source: rfc('2.6'),
      rule: 'Cognito is called over TLS: plain http is refused, except on loopback.',
      check: () => {
        expect(parseUserPoolDomain('http://shop.auth.eu-west-1.amazoncognito.com')).toBeUndefined();
        expect(parseUserPoolDomain('http://127.0.0.1.example.com')).toBeUndefined();
        expect(parseUserPoolDomain('shop.auth.eu-west-1.amazoncognito.com')?.origin).toMatch(
          /^https:/,
        );
        return Promise.resolve();
      },
    },
    {
      name: '4.1 Insufficient redirection URI validation',
      source: rfc('4.1'),
      rule: 'A front-end URL in a request is checked against the allowed ones before anything is sent there.',
      check: async (site) => {
        const evil = [
          'https://evil.example/',
          `${FRONT_END}.evil.example`,
          FRONT_END.replace('//', '//evil.example@'),
          FRONT_END.replace('localhost', 'localhost.evil.example'),
          '//evil.example',
          '/\\evil.example',
          'javascript:alert(1)',
        ];
        for (const url of evil) {
          const response = await new Browser().get(site.connectUrl + toFrontEnd(url));
          expectRefusal({ status: response.status, body: response.json() }, 'invalid_request');
          expect(response.location).toBeUndefined();
        }
        await getAuthorizationRequest(site, toFrontEnd(FRONT_END));
        // Apps only differ by their scheme.
        await site.strapi.setGrant({ callback: 'com.example.app://login' });
        try {
          await getAuthorizationRequest(site, toFrontEnd('com.example.app://login'));
          for (const url of ['com.evil.app://login', 'com.example.app://evil']) {
            const response = await new Browser().get(site.connectUrl + toFrontEnd(url));
            expectRefusal({ status: response.status, body: response.json() }, 'invalid_request');
          }
        } finally {
          await site.strapi.setGrant({ callback: FRONT_END });
        }
      },
    },
    {
      name: '4.2 Credential leakage via Referer headers',
      source: rfc('4.2'),
      rule: 'The callback sends no Referer, and its error page loads nothing.',
      check: async (site) => {
        const browser = new Browser();
        const back = await site.signIn('ann', browser);
        const headers = { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' };
        expect((await browser.get(back)).headers).toMatchObject(headers);
        await site.strapi.setGrant({ callback: '' });
        const page = await browser.get(`${site.strapi.redirectUri}?state=x&code=y`);
        await site.strapi.setGrant({ callback: FRONT_END });
        expect(page.headers).toMatchObject({
          ...headers,
          'content-type': expect.stringMatching(/^text\/plain/) as string,
        });
        expect(page.body).not.toMatch(/\b(?:src|href)=|@import|url\(/i);
      },
    },
    {
      name: '4.3.1 Authorization code in browser history',
      source: rfc('4.3.1'),
      rule: 'A callback URL that is opened again does not log in, and Cognito is not called.',
      check: async (site) => {
        const browser = new Browser();
        const back = await site.signIn('ann', browser);
        expect(redirectParameters(await browser.get(back)).has('access_token')).toBe(true);
        site.pool.forgetRequests();
        expectError(redirectParameters(await browser.get(back)), 'invalid_request');
        expect(site.pool.requests).toEqual([]);
      },
    },
    {
      name: '4.3.2 Access token in browser history',
      source: rfc('4.3.2'),
      rule: 'The front-end’s URL contains no token, only an opaque code that works once.',
      check: async (site) => {
        const parameters = await site.login('ann');
        expect([...parameters.keys()]).toEqual(['access_token']);
        const access_token = parameters.get('access_token') ?? '';
        expect(access_token).toMatch(/^[\w-]{43}$/);
        expectLoggedIn(await site.exchange({ access_token }));
        expectRefusal(await site.exchange({ access_token }), 'login_expired');
      },
    },
    {
      name: '4.4 Mix-up attacks',
      source: rfc('4.4'),
      rule: 'A code goes only to the token endpoint of the configured user pool; an answer or a token of another issuer is refused.',
      check: async (site) => {
        const elsewhere = await listen((_, response) => response.end('{}'));
        try {
          const origin = encodeURIComponent(elsewhere.origin);
          const end = async (more: string) => {
            const browser = new Browser();
            const back = await site.signIn(addPoolUser(site), browser);
            return redirectParameters(await browser.get(back + more));
          };
          expect((await end(`&token_endpoint=${origin}`)).has('access_token')).toBe(true);
          expectError(await end(`&iss=${origin}`), 'token_issuer');
          await expectRefusedLogin('token_issuer', withClaims({ iss: elsewhere.origin }))(site);
          expect(elsewhere.requests).toEqual([]);
        } finally {
          await elsewhere.stop();
        }
      },
    },
    {
      name: '4.5 Authorization code injection',
      source: rfc('4.5'),
      rule: 'A code of another login is refused: by PKCE, and by the nonce if the pool did not check PKCE.',
      check: async (site) => {
        const withPkce = exchangeForeignCode(site, () => stolenCode(site, { challenge: true }));
        expect(await withPkce).toBe('cognito_refused');
        const without = exchangeForeignCode(site, () => stolenCode(site, { challenge: false }));
        expect(await without).toBe('token_nonce');
      },
    },
    {
      name: '4.6 Access token injection',
      source: rfc('4.6'),
      rule: 'Another user’s access token beside the id_token is detected (`at_hash`).',
      check: async (site) => {
        const name = addPoolUser(site);
        const { access_token } = site.pool.tokensFor('ben');
        site.pool.changeTokenResponse((body) => ({ ...body, access_token }));
        expectError(await site.login(name), 'token_signature');
      },
    },
    {
      name: '4.7 Cross-site request forgery',
      source: rfc('4.7'),
      rule: 'A callback for a login that this browser did not start is refused, and Cognito is not called.',
      check: async (site) => {
        const attackers = await site.signIn('ann');
        const victim = new Browser();
        await victim.get(site.connectUrl);
        site.pool.forgetRequests();
        for (const browser of [victim, new Browser()]) {
          expectError(redirectParameters(await browser.get(attackers)), 'invalid_request');
        }
        expect(site.pool.requests).toEqual([]);
      },
    },
    {
      name: '4.8 PKCE downgrade attack',
      source: rfc('4.8'),
      rule: 'Nothing in a request removes or changes the challenge.',
      check: async (site) => {
        const query =
          '?code_challenge=x&code_challenge_method=plain&nonce=x&state=x&response_type=token';
        const authorizeUrl = await getAuthorizationRequest(site, query);
        expect(authorizeUrl.getAll('code_challenge_method')).toEqual(['S256']);
        expect(authorizeUrl.getAll('response_type')).toEqual(['code']);
        for (const name of ['code_challenge', 'nonce', 'state']) {
          expect(authorizeUrl.getAll(name)).toEqual([expect.stringMatching(/^.{40,}$/)]);
        }
      },
    },
    {
      name: '4.9 Access token leakage at the resource server',
      source: rfc('4.9'),
      rule: 'An access token goes only to the pool’s userInfo, and is not forwarded by a redirect.',
      check: async (site) => {
        const elsewhere = await listen((_, response) => response.end('{}'));
        try {
          const headers = { location: `${elsewhere.origin}/oauth2/userInfo` };
          site.pool.injectFault('userInfo', { status: 307, headers, body: '' });
          const { access_token } = site.pool.tokensFor('ann');
          expectRefusal(await site.exchangeByPost({ access_token }), 'cognito_unavailable');
          site.pool.injectFault('token', { status: 307, headers, body: '' });
          expectError(await site.login('ann'), 'cognito_unavailable');
          expect(elsewhere.requests).toEqual([]);
        } finally {
          await elsewhere.stop();
        }
      },
    },
    {
      name: '4.10.1 Sender-constrained access tokens',
      source: rfc('4.10.1'),
      rule: 'A stolen access token is useless to the thief.',
      notApplicable: 'Cognito only has bearer tokens; `bearer.enabled` is off by default',
    },
    {
      name: '4.10.2 Audience-restricted access tokens',
      source: rfc('4.10.2'),
      rule: 'A token for another API is refused.',
      check: async (site) => {
        const name = addPoolUser(site);
        expectLoggedIn(await site.loginAs(name));
        const other = signAccessToken(site, name, { aud: 'https://another-api.example' });
        expect(await getApiStatus(site, other)).toBe(401);
      },
    },
    {
      name: '4.11.1 Client as open redirector',
      source: rfc('4.11.1'),
      rule: 'Neither the login, nor its end, nor the logout redirects a browser to a URL of the request’s choice.',
      check: async (site) => {
        const evil = 'https://evil.example/';
        const attackerUrl = encodeURIComponent(evil);
        const begin = await new Browser().get(site.connectUrl + toFrontEnd(evil));
        const afterLogout = await new Browser().get(logoutUrl(site, `?redirect=${attackerUrl}`));
        for (const { status, body, location } of [begin, afterLogout]) {
          expectRefusal({ status, body: JSON.parse(body) as Exchanged }, 'invalid_request');
          expect(location).toBeUndefined();
        }
        const end = `${site.strapi.redirectUri}?error=x&callback=${attackerUrl}&redirect=${attackerUrl}&redirect_uri=${attackerUrl}`;
        const { location } = await new Browser().get(end);
        expect(isFrontEnd(location)).toBe(true);
        expect(location).not.toContain('evil');
      },
    },
    {
      name: '4.11.2 Authorization server as open redirector',
      source: rfc('4.11.2'),
      rule: 'The authorization server redirects only to registered URLs.',
      notApplicable: 'that is Cognito’s part',
    },
    {
      name: '4.12 307 redirect',
      source: rfc('4.12'),
      rule: 'Every redirect is a 302, which does not forward a form.',
      check: async (site) => {
        const browser = new Browser();
        const begin = await browser.get(site.connectUrl);
        const end = await browser.get(await site.pool.authorize(begin.location ?? '', 'ann'));
        const failed = await browser.get(`${site.strapi.redirectUri}?state=x&code=y`);
        const afterLogout = await browser.get(logoutUrl(site));
        expect([begin, end, failed, afterLogout].map(({ status }) => status)).toEqual([
          302, 302, 302, 302,
        ]);
      },
    },
    {
      name: '4.13 TLS terminating reverse proxies',
      source: rfc('4.13'),
      rule: 'Headers that a proxy would set change no URL, and cause no login.',
      check: async (site) => {
        const browser = new Browser();
        const begin = await browser.get(site.connectUrl, { headers: FORWARDED });
        expect(new URL(begin.location ?? '').searchParams.get('redirect_uri')).toBe(
          site.strapi.redirectUri,
        );
        const back = await site.pool.authorize(begin.location ?? '', 'ann');
        const end = await browser.get(back, { headers: FORWARDED });
        expect(isFrontEnd(end.location)).toBe(true);
        expect(JSON.stringify([begin.headers, end.headers])).not.toContain('evil');
      },
    },
    {
      name: '4.14 Refresh token protection',
      source: rfc('4.14'),
      rule: 'Refresh tokens are rotated or bound to their sender.',
      notApplicable: 'none is kept (see 2.2.2), and rotation is Cognito’s part',
    },
    {
      name: '4.15 Client impersonating resource owner',
      source: rfc('4.15'),
      rule: 'A token that a client got for itself, with its own id as `sub`, belongs to no user.',
      check: async (site) => {
        const { clientId } = site.pool.client;
        const machine = signAccessToken(site, 'ann', { sub: clientId, username: undefined });
        expect(await getApiStatus(site, machine)).toBe(403);
        expectRefusal(await site.exchangeByPost({ access_token: machine }), 'cognito_refused');
      },
    },
    {
      name: '4.16 Clickjacking',
      source: rfc('4.16'),
      rule: 'The page on which a user gives consent cannot be framed.',
      notApplicable: 'that page is Cognito’s; the plugin’s own error page has nothing to click',
    },
    {
      name: '4.17 Attacks on in-browser communication flows',
      source: rfc('4.17'),
      rule: 'Messages between windows name their receiver.',
      notApplicable: 'there are none: a login consists only of redirects',
    },
  ],
};

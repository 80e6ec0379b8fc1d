import { createHash } from 'node:crypto';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import type { Site } from '../support/site';
import { addPoolUser } from '../support/users';
import { getAuthorizationRequest, getTokenRequest } from './checks';
import type { Section } from './table';

const rfc = (section: string) => `https://www.rfc-editor.org/rfc/rfc7636#section-${section}`;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;
const toChallenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

/** The code_challenge and the code_verifier of a login in the browser. */
async function getPkcePair(site: Site): Promise<{ challenge: string; verifier: string }> {
  const browser = new Browser();
  const { location = '' } = await browser.get(site.connectUrl);
  await browser.get(await site.pool.authorize(location, addPoolUser(site)));
  const { form } = getTokenRequest(site);
  site.pool.forgetRequests();
  return {
    challenge: new URL(location).searchParams.get('code_challenge') ?? '',
    verifier: form.get('code_verifier') ?? '',
  };
}

/** The app's redirect URI. */
export const APP = 'app.example:/callback';

/** An authorization code of an app that has run the authorization itself. */
async function getAppCode(site: Site, verifier: string): Promise<Record<string, string>> {
  const redirect_uri = APP;
  if (!site.pool.client.callbackUrls.includes(redirect_uri)) {
    site.pool.client.callbackUrls.push(redirect_uri);
  }
  const url = new URL(`${site.pool.origin}/oauth2/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: site.pool.client.clientId,
    redirect_uri,
    scope: 'openid email profile',
    code_challenge: toChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const back = new URL(await site.pool.authorize(url.href, addPoolUser(site)));
  return { code: back.searchParams.get('code') ?? '', redirect_uri, code_verifier: verifier };
}

export const rfc7636: Section = {
  title: 'RFC 7636: proof key for code exchange',
  about:
    'For logins in the browser, which the plugin starts, and for authorization codes that apps send.',
  rows: [
    {
      name: '4.1 Client creates a code verifier',
      source: rfc('4.1'),
      rule: 'A new verifier for each login, of 43 to 128 unreserved characters. An app’s verifier must be of that form too.',
      check: async (site) => {
        const verifiers = [(await getPkcePair(site)).verifier, (await getPkcePair(site)).verifier];
        for (const each of verifiers) expect(each).toMatch(VERIFIER);
        expect(new Set(verifiers).size).toBe(2);
        for (const bad of ['x'.repeat(42), 'x'.repeat(129), `${'x'.repeat(43)}/`]) {
          const body = await getAppCode(site, bad);
          expectRefusal(await site.exchangeByPost(body), 'invalid_request');
        }
        expectLoggedIn(await site.exchangeByPost(await getAppCode(site, 'x'.repeat(43))));
      },
    },
    {
      name: '4.2 Client creates the code challenge',
      source: rfc('4.2'),
      rule: 'The challenge is the base64url of the verifier’s SHA-256.',
      check: async (site) => {
        const { challenge, verifier } = await getPkcePair(site);
        expect(challenge).toBe(toChallenge(verifier));
      },
    },
    {
      name: '4.3 Client sends the code challenge with the authorization request',
      source: rfc('4.3'),
      rule: '`code_challenge` and `code_challenge_method=S256` are sent, each once.',
      check: async (site) => {
        const requests = await getAuthorizationRequest(site);
        expect(requests.getAll('code_challenge')).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
        expect(requests.getAll('code_challenge_method')).toEqual(['S256']);
      },
    },
    {
      name: '4.4 Server returns the code',
      source: rfc('4.4'),
      rule: 'The challenge is stored with the code.',
      notApplicable: 'that is Cognito’s part',
    },
    {
      name: '4.5 Client sends the authorization code and the code verifier to the token endpoint',
      source: rfc('4.5'),
      rule: 'The verifier goes to the token endpoint, in the body; an app’s code without one is refused.',
      check: async (site) => {
        await site.code(addPoolUser(site));
        const { form, query } = getTokenRequest(site);
        expect(form.getAll('code_verifier')).toEqual([expect.stringMatching(VERIFIER)]);
        expect(query.size).toBe(0);
        site.pool.forgetRequests();
        const { code, redirect_uri } = await getAppCode(site, 'x'.repeat(43));
        expectRefusal(await site.exchangeByPost({ code, redirect_uri }), 'invalid_request');
        expect(site.pool.count('/oauth2/token')).toBe(0);
      },
    },
    {
      name: '4.6 Server verifies code_verifier before returning the tokens',
      source: rfc('4.6'),
      rule: 'If Cognito refuses the verifier, there is no login (`cognito_refused`).',
      check: async (site) => {
        const body = { ...(await getAppCode(site, 'x'.repeat(43))), code_verifier: 'y'.repeat(43) };
        expectRefusal(await site.exchangeByPost(body), 'cognito_refused');
      },
    },
    {
      name: '7.1 Entropy of the code_verifier',
      source: rfc('7.1'),
      rule: 'A verifier has 256 bits of randomness or more.',
      check: async (site) => {
        const { verifier } = await getPkcePair(site);
        // Hexadecimal: four bits in each character.
        expect(verifier).toMatch(/^[0-9a-f]{64,}$/);
      },
    },
    {
      name: '7.2 Protection against eavesdroppers',
      source: rfc('7.2'),
      rule: 'The verifier itself is never in an authorization request (no `plain`), a log or a URL.',
      check: async (site) => {
        const browser = new Browser();
        const begin = await browser.get(site.connectUrl);
        const back = await site.pool.authorize(begin.location ?? '', addPoolUser(site));
        const end = await browser.get(back);
        const verifier = getTokenRequest(site).form.get('code_verifier') ?? '';
        expect(verifier).toMatch(VERIFIER);
        const logs = (await site.strapi.allLogs()).join('\n');
        for (const place of [begin.location, back, end.location, logs]) {
          expect(place).not.toContain(verifier);
        }
      },
    },
  ],
};

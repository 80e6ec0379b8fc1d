import { createSecretKey } from 'node:crypto';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import { atHash } from '../support/pool';
import { type Site, redirectParameters } from '../support/site';
import { withClaims, loginWith, signedWith, validToken } from '../support/invalid-tokens';
import { addPoolUser } from '../support/users';
import {
  getAuthorizationRequest,
  expectRefusedLogin,
  expectAcceptedLogin,
  getTokenRequest,
} from './checks';
import type { Section } from './table';

const core = (anchor: string) => `https://openid.net/specs/openid-connect-core-1_0.html#${anchor}`;
const VALIDATION = core('IDTokenValidation');
const DISCOVERY = 'https://openid.net/specs/openid-connect-discovery-1_0.html';

const NO_DISCOVERY =
  'endpoints come from the Host URI, issuer and keys from the pool id: no discovery document is read';

/** A login in the browser, and an API call with its JWT. */
async function wholeLogin(site: Site, name = addPoolUser(site)): Promise<void> {
  const { jwt, user } = expectLoggedIn(await site.loginAs(name));
  expect(await site.me(jwt)).toMatchObject({ status: 200, body: { id: user.id } });
}

/** Rotates the keys, and runs `work` while the JWKS only has the key for id_tokens. */
async function withSingleKey(site: Site, work: () => Promise<void>): Promise<void> {
  site.pool.rotateKeys();
  site.pool.injectFault('jwks', { body: { keys: site.pool.jwks().keys.slice(0, 1) } });
  await work();
  // Strapi has to know both keys again.
  site.pool.clearChanges();
  site.pool.rotateKeys();
  await wholeLogin(site);
}

/** Removes the email from the id_token, so that the plugin calls userInfo. */
const withoutEmail = withClaims({ email: undefined, email_verified: undefined });

export const openidConnect: Section = {
  title: 'OpenID Connect: relying-party modules of the OpenID Foundation',
  about:
    'The modules of the Foundation’s [conformance suite](https://gitlab.com/openid/conformance-suite) for the code flow, ' +
    'with their names there. Each link leads to the text that the module tests.',
  rows: [
    {
      name: 'oidcc-client-test',
      source: core('CodeFlowAuth'),
      rule: 'The code flow with a valid id_token logs in.',
      check: wholeLogin,
    },
    {
      name: 'oidcc-client-test-invalid-iss',
      source: VALIDATION,
      rule: 'An id_token of another issuer is refused (`token_issuer`).',
      check: expectRefusedLogin('token_issuer', withClaims({ iss: 'https://issuer.example' })),
    },
    {
      name: 'oidcc-client-test-missing-sub',
      source: core('IDToken'),
      rule: 'An id_token without `sub` is refused (`token_malformed`).',
      check: expectRefusedLogin('token_malformed', withClaims({ sub: undefined })),
    },
    {
      name: 'oidcc-client-test-invalid-aud',
      source: VALIDATION,
      rule: 'An id_token for another client is refused (`token_audience`).',
      check: expectRefusedLogin('token_audience', withClaims({ aud: 'another-client' })),
    },
    {
      name: 'oidcc-client-test-missing-aud',
      source: VALIDATION,
      rule: 'An id_token without `aud` is refused (`token_audience`).',
      check: expectRefusedLogin('token_audience', withClaims({ aud: undefined })),
    },
    {
      name: 'oidcc-client-test-missing-iat',
      source: core('IDToken'),
      rule: 'An id_token without `iat` is refused (`token_malformed`).',
      check: expectRefusedLogin('token_malformed', withClaims({ iat: undefined })),
    },
    {
      name: 'oidcc-client-test-kid-absent-single-jwks',
      source: core('Signing'),
      rule: 'If the JWKS has one key, an id_token without `kid` may be verified with it.',
      departs:
        'a token without `kid` is refused (`token_signature`) for any number of keys, because Cognito always sends one',
      check: (site) =>
        withSingleKey(site, async () => {
          await wholeLogin(site);
          await expectRefusedLogin(
            'token_signature',
            signedWith({ header: { kid: undefined } }),
          )(site);
        }),
    },
    {
      name: 'oidcc-client-test-kid-absent-multiple-jwks',
      source: core('Signing'),
      rule: 'If the JWKS has several keys, an id_token without `kid` is refused (`token_signature`).',
      check: async (site) => {
        expect(site.pool.jwks().keys).toHaveLength(2);
        await expectRefusedLogin(
          'token_signature',
          signedWith({ header: { kid: undefined } }),
        )(site);
      },
    },
    {
      name: 'oidcc-client-test-idtoken-sig-rs256',
      source: VALIDATION,
      rule: 'An id_token signed with RS256 by a key of the JWKS logs in.',
      check: expectAcceptedLogin(validToken),
    },
    {
      name: 'oidcc-client-test-idtoken-sig-none',
      source: VALIDATION,
      rule: 'A client that registered for `none` may accept an unsigned id_token from the token endpoint.',
      departs:
        'it is refused (`token_signature`), because no client of Cognito can register for `none`',
      check: expectRefusedLogin('token_signature', signedWith({ alg: 'none' })),
    },
    {
      name: 'oidcc-client-test-invalid-sig-rs256',
      source: VALIDATION,
      rule: 'An invalid RS256 signature is refused (`token_signature`).',
      check: expectRefusedLogin('token_signature', signedWith({ key: 'foreign' })),
    },
    {
      name: 'oidcc-client-test-invalid-sig-hs256',
      source: VALIDATION,
      rule: 'An HS256 signature is refused (`token_signature`), made with the client’s secret or with the public key.',
      check: async (site) => {
        const secret = createSecretKey(Buffer.from(site.pool.client.clientSecret ?? ''));
        await expectRefusedLogin(
          'token_signature',
          signedWith({ alg: 'HS256', key: secret }),
        )(site);
        await expectRefusedLogin('token_signature', signedWith({ alg: 'HS256' }))(site);
      },
    },
    {
      name: 'oidcc-client-test-invalid-sig-es256',
      source: VALIDATION,
      rule: 'An ES256 signature is refused (`token_signature`).',
      check: expectRefusedLogin('token_signature', signedWith({ alg: 'ES256' })),
    },
    {
      name: 'oidcc-client-test-userinfo-invalid-sub',
      source: core('UserInfoResponse'),
      rule: 'A userInfo response about another `sub` is not used: no login (`cognito_unavailable`).',
      check: async (site) => {
        const name = addPoolUser(site);
        site.pool.changeUserInfo((body) => ({ ...body, sub: 'somebody-else' }));
        const { error } = Object.fromEntries(await loginWith(site, withoutEmail, name));
        expect(error).toBe('cognito_unavailable');
        const { access_token } = site.pool.tokensFor(name);
        expectRefusal(await site.exchangeByPost({ access_token }), 'cognito_unavailable');
        site.pool.clearChanges();
        expectLoggedIn(await site.exchangeByPost({ access_token }));
      },
    },
    {
      name: 'oidcc-client-test-userinfo-bearer-header',
      source: core('UserInfoRequest'),
      rule: 'userInfo gets the access token in the Authorization header.',
      check: async (site) => {
        await expectAcceptedLogin(withoutEmail)(site);
        const requests = site.pool.requests.filter(({ path }) => path === '/oauth2/userInfo');
        expect(requests).toHaveLength(1);
        expect(requests[0]).toMatchObject({ method: 'GET', body: '' });
        expect(requests[0]!.headers.authorization).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
        expect(requests[0]!.query.size).toBe(0);
      },
    },
    {
      name: 'oidcc-client-test-userinfo-bearer-body',
      source: core('UserInfoRequest'),
      rule: 'userInfo gets the access token in the body of a form.',
      notApplicable: 'one of the two ways is enough, and Cognito uses the header',
    },
    {
      name: 'oidcc-client-test-userinfo-signed',
      source: core('UserInfoResponse'),
      rule: 'A signed userInfo response is verified.',
      notApplicable: 'Cognito’s userInfo is JSON; a response that is not JSON is refused',
    },
    {
      name: 'oidcc-client-test-nonce-invalid',
      source: core('NonceNotes'),
      rule: 'An id_token with another nonce than the one sent is refused (`token_nonce`).',
      check: async (site) => {
        await expectRefusedLogin('token_nonce', withClaims({ nonce: 'another' }))(site);
        await expectRefusedLogin('token_nonce', withClaims({ nonce: undefined }))(site);
      },
    },
    {
      name: 'oidcc-client-test-scope-userinfo-claims',
      source: core('ScopeClaims'),
      rule: 'The configured scopes are requested, and the claims that userInfo returns for them are used.',
      check: async (site) => {
        expect((await getAuthorizationRequest(site)).get('scope')).toBe('openid email profile');
        await withConfig(site, { connection: { scope: ['openid', 'email'] } }, async () => {
          expect((await getAuthorizationRequest(site)).get('scope')).toBe('openid email');
        });
        await expectAcceptedLogin(withoutEmail)(site);
      },
    },
    {
      name: 'oidcc-client-test-client-secret-basic',
      source: core('ClientAuthentication'),
      rule: 'The client authenticates at the token endpoint with HTTP Basic.',
      check: async (site) => {
        await site.code(addPoolUser(site));
        const { clientId, clientSecret } = site.pool.client;
        const credentials = Buffer.from(`${clientId}:${clientSecret ?? ''}`).toString('base64');
        const { headers, form, query } = getTokenRequest(site);
        expect(headers.authorization).toBe(`Basic ${credentials}`);
        expect([...form.keys(), ...query.keys()]).not.toContain('client_secret');
      },
    },
    {
      name: 'oidcc-client-test-signing-key-rotation',
      source: core('RotateSigKeys'),
      rule: 'A login after a key rotation fetches the new keys.',
      check: async (site) => {
        await wholeLogin(site);
        site.pool.rotateKeys();
        await wholeLogin(site);
      },
    },
    {
      name: 'oidcc-client-test-signing-key-rotation-just-before-signing',
      source: core('RotateSigKeys'),
      rule: 'A key rotation between the sign-in and the token is followed within the same login.',
      check: async (site) => {
        const browser = new Browser();
        const back = await site.signIn(addPoolUser(site), browser);
        site.pool.rotateKeys();
        expect(redirectParameters(await browser.get(back)).has('access_token')).toBe(true);
      },
    },
    {
      name: 'oidcc-client-test-invalid-athash',
      source: core('CodeFlowTokenValidation'),
      rule: 'An `at_hash` that does not match the access token is refused (`token_signature`).',
      check: expectRefusedLogin('token_signature', withClaims({ at_hash: atHash('another') })),
    },
    {
      name: 'oidcc-client-test-missing-athash',
      source: core('CodeIDToken'),
      rule: 'A missing `at_hash` is refused if the authorization endpoint returns tokens.',
      notApplicable: 'only the code flow is used, in which `at_hash` is optional',
    },
    {
      name: 'oidcc-client-test-discovery-openid-config',
      source: DISCOVERY,
      rule: 'The configuration is read from the issuer’s discovery document.',
      notApplicable: NO_DISCOVERY,
      check: async (site) => {
        await wholeLogin(site);
        expect(site.pool.count('/.well-known/openid-configuration')).toBe(0);
      },
    },
    {
      name: 'oidcc-client-test-discovery-jwks-uri-keys',
      source: DISCOVERY,
      rule: 'The JWKS URL is read from the discovery document.',
      notApplicable: NO_DISCOVERY,
    },
    {
      name: 'oidcc-client-test-discovery-issuer-mismatch',
      source: DISCOVERY,
      rule: 'A discovery document that names another issuer is refused.',
      notApplicable: NO_DISCOVERY,
    },
    {
      name: 'oidcc-client-test-discovery-webfinger-acct',
      source: DISCOVERY,
      rule: 'The issuer is found by WebFinger.',
      notApplicable: 'the admin sets the user pool; the user who logs in cannot choose it',
    },
    {
      name: 'oidcc-client-test-dynamic-registration',
      source: 'https://openid.net/specs/openid-connect-registration-1_0.html',
      rule: 'The client registers itself.',
      notApplicable: 'Cognito has no dynamic registration',
    },
    {
      name: 'oidcc-client-test-aggregated-claims',
      source: core('AggregatedDistributedClaims'),
      rule: 'Aggregated claims are read.',
      notApplicable: 'Cognito has none; `_claim_sources` in a token is ignored',
      check: expectAcceptedLogin(
        withClaims({
          _claim_names: { email: 'x' },
          _claim_sources: { x: { JWT: 'x', endpoint: 'http://localhost:1' } },
        }),
      ),
    },
    {
      name: 'oidcc-client-test-refresh-token',
      source: core('RefreshTokens'),
      rule: 'A refreshed id_token is validated.',
      notApplicable: 'no Cognito token is kept after a login, so none is refreshed',
    },
    {
      name: 'oidcc-client-test-request-uri-signed-rs256',
      source: core('RequestUriParameter'),
      rule: 'The request is passed by reference.',
      notApplicable: 'Cognito accepts no request objects',
    },
  ],
};

import { generateKeyPairSync } from 'node:crypto';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { listen } from '../support/loopback-http';
import { caughtCode } from '../support/caught-error';
import { jwksFor } from '../support/verification';
import { withClaims, loginWith, withPart, signedWith } from '../support/invalid-tokens';
import { addPoolUser } from '../support/users';
import { getApiStatus, expectRefusedToken, expectError, expectRefusedLogin } from './checks';
import type { Section } from './table';

const rfc = (section: string) => `https://www.rfc-editor.org/rfc/rfc8725#section-${section}`;
const encode = (value: string | Buffer) => Buffer.from(value).toString('base64url');

export const rfc8725: Section = {
  title: 'RFC 8725: best current practices for JSON Web Tokens',
  about: 'Its section 3, for id_tokens and access tokens.',
  rows: [
    {
      name: '3.1 Perform algorithm verification',
      source: rfc('3.1'),
      rule: 'Only RS256 is accepted, whatever the header says (`token_signature`).',
      check: async (site) => {
        // All but the last are valid signatures by the right key.
        for (const how of [
          { alg: 'RS512' },
          { alg: 'PS256' },
          { header: { alg: 'rs256' } },
          { alg: 'HS256', header: { alg: 'RS256' } },
        ]) {
          await expectRefusedToken(site, 'token_signature', signedWith(how));
        }
      },
    },
    {
      name: '3.2 Use appropriate algorithms',
      source: rfc('3.2'),
      rule: '`none` is refused in every spelling (`token_signature`).',
      check: async (site) => {
        for (const alg of ['none', 'None', 'nOnE', 'NONE']) {
          await expectRefusedToken(site, 'token_signature', signedWith({ alg }));
        }
        await expectRefusedLogin('token_signature', signedWith({ alg: 'none' }))(site);
      },
    },
    {
      name: '3.3 Validate all cryptographic operations',
      source: rfc('3.3'),
      rule: 'A token with an invalid signature is refused as a whole (`token_signature`).',
      check: async (site) => {
        const foreignToken = encode(JSON.stringify({ ...site.pool.idClaims('ann') }));
        for (const change of [
          withPart(1, () => foreignToken),
          withPart(2, () => ''),
          withPart(2, (mark) => (mark.startsWith('A') ? 'B' : 'A') + mark.slice(1)),
        ]) {
          await expectRefusedToken(site, 'token_signature', change);
        }
      },
    },
    {
      name: '3.4 Validate cryptographic inputs',
      source: rfc('3.4'),
      rule: 'Points of elliptic curves are checked.',
      notApplicable: 'only RSA is accepted; other keys of a JWKS are ignored',
    },
    {
      name: '3.5 Ensure cryptographic keys have sufficient entropy',
      source: rfc('3.5'),
      rule: 'RSA keys under 2048 bits and symmetric keys are not used.',
      check: async ({ pool }) => {
        const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
        const use = { kid: 'weak', alg: 'RS256', use: 'sig' };
        const keys = [
          { ...small.export({ format: 'jwk' }), ...use },
          { kty: 'oct', k: 'c2VjcmV0', ...use },
        ];
        pool.injectFault('jwks', { body: { keys: [...pool.jwks().keys, ...keys] } });
        const jwks = jwksFor(pool);
        expect((await jwks.key(pool.kid())).asymmetricKeyDetails?.modulusLength).toBe(2048);
        expect(await caughtCode(() => jwks.key('weak'))).toBe('token_signature');
      },
    },
    {
      name: '3.6 Avoid compression of encryption inputs',
      source: rfc('3.6'),
      rule: 'Nothing is compressed before it is encrypted.',
      notApplicable: 'tokens are signed, not encrypted; a token with five parts is refused',
      check: (site) =>
        expectRefusedToken(
          site,
          'token_malformed',
          (claims, pool) => `${pool.sign({ claims })}.x.y`,
        ),
    },
    {
      name: '3.7 Use UTF-8',
      source: rfc('3.7'),
      rule: 'Header and payload are read as UTF-8: another encoding is refused (`token_malformed`).',
      check: async (site) => {
        const utf16 = (text: string) =>
          encode(Buffer.from(Buffer.from(text, 'base64url').toString(), 'utf16le'));
        await expectRefusedToken(site, 'token_malformed', withPart(0, utf16));
        await expectRefusedToken(site, 'token_malformed', withPart(1, utf16));
        const name = addPoolUser(site, { username: 'Zoë 日本' });
        const { id_token } = site.pool.tokensFor(name);
        const { user } = expectLoggedIn(await site.exchangeByPost({ id_token }));
        expect(user).toMatchObject({ username: 'Zoë 日本' });
      },
    },
    {
      name: '3.8 Validate issuer and subject',
      source: rfc('3.8'),
      rule: 'The key must belong to the issuer (`token_signature`), the issuer to the pool (`token_issuer`), and `sub` must be usable (`token_malformed`).',
      check: async (site) => {
        const other = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other';
        await expectRefusedLogin('token_issuer', withClaims({ iss: other }))(site);
        await expectRefusedLogin('token_signature', signedWith({ key: 'foreign' }))(site);
        await expectRefusedLogin('token_malformed', withClaims({ sub: '' }))(site);
      },
    },
    {
      name: '3.9 Use and validate audience',
      source: rfc('3.9'),
      rule: 'A token of another client of the same pool is refused (`token_audience`).',
      check: async (site) => {
        const { clientId } = site.pool.addClient();
        await expectRefusedLogin('token_audience', withClaims({ aud: clientId }))(site);
        await expectRefusedToken(site, 'token_audience', withClaims({ aud: clientId }));
      },
    },
    {
      name: '3.10 Do not trust received claims',
      source: rfc('3.10'),
      rule: 'Only `kid` is used to find a key; `jku`, `x5u`, `jwk` and `x5c` are ignored.',
      check: async (site) => {
        const elsewhere = await listen((_, response) =>
          response.end(JSON.stringify(site.pool.jwks())),
        );
        try {
          const place = `${elsewhere.origin}/.well-known/jwks.json`;
          const fromClient = { jku: place, x5u: place, jwk: site.pool.jwks().keys[0], x5c: ['x'] };
          for (const kid of [site.pool.kid(), '../../x', "' OR 1=1 --", place, '__proto__']) {
            const forged = signedWith({ key: 'foreign', header: { ...fromClient, kid } });
            await expectRefusedToken(site, 'token_signature', forged);
          }
          expect(elsewhere.requests).toEqual([]);
          const paths = new Set(site.pool.requests.map(({ path }) => path));
          expect([...paths].filter((path) => path !== '/.well-known/jwks.json')).toEqual([]);
        } finally {
          await elsewhere.stop();
        }
      },
    },
    {
      name: '3.11 Use explicit typing',
      source: rfc('3.11'),
      rule: 'Types of tokens are told apart by `typ`.',
      notApplicable: 'Cognito sets none; its claim `token_use` is required instead (see 3.12)',
    },
    {
      name: '3.12 Use mutually exclusive validation rules for different kinds of JWTs',
      source: rfc('3.12'),
      rule: 'An access token is not accepted as an id_token, nor the reverse (`token_use`), and a Strapi JWT as neither.',
      check: async (site) => {
        const name = addPoolUser(site);
        const { jwt } = expectLoggedIn(await site.loginAs(name));
        const { id_token, access_token } = site.pool.tokensFor(name);
        expectRefusal(await site.exchangeByPost({ id_token: access_token }), 'token_use');
        expectRefusal(await site.exchangeByPost({ access_token: id_token }), 'token_use');
        expect(await getApiStatus(site, id_token)).toBe(401);
        expect(await getApiStatus(site, access_token)).toBe(200);
        expectRefusal(await site.exchangeByPost({ id_token: jwt }), 'token_signature');
        expectError(await loginWith(site, () => access_token, name), 'token_use');
      },
    },
  ],
};

import { Browser } from '../support/browser';
import { redirectParameters } from '../support/site';
import { withClaims } from '../support/invalid-tokens';
import { addPoolUser } from '../support/users';
import { expectRefusedLogin } from './checks';
import type { Section } from './table';

export const rfc9207: Section = {
  title: 'RFC 9207: authorization server issuer identification',
  about: 'For clients of several authorization servers.',
  rows: [
    {
      name: '2.4 Validating the issuer identifier',
      source: 'https://www.rfc-editor.org/rfc/rfc9207#section-2.4',
      rule: 'An `iss` in the authorization response is compared with the issuer before the code is exchanged.',
      check: async (site) => {
        const right = encodeURIComponent(site.pool.issuer);
        for (const [iss, end] of [
          ['https%3A%2F%2Fissuer.example', 'token_issuer'],
          [`${right}%2F`, 'token_issuer'],
          [right, null],
        ] as const) {
          const browser = new Browser();
          const back = await site.signIn(addPoolUser(site), browser);
          site.pool.forgetRequests();
          const parameters = redirectParameters(await browser.get(`${back}&iss=${iss}`));
          expect(parameters.get('error')).toBe(end);
          expect(parameters.has('access_token')).toBe(end === null);
          expect(site.pool.count('/oauth2/token')).toBe(end === null ? 1 : 0);
        }
        await expectRefusedLogin(
          'token_issuer',
          withClaims({ iss: 'https://issuer.example' }),
        )(site);
      },
    },
  ],
};

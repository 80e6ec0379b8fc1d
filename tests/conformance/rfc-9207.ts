import { Browser } from '../support/browser';
import { parametersOf } from '../support/site';
import { claim } from '../support/spoiled-tokens';
import { newPerson } from '../support/users';
import { refused } from './checks';
import type { Section } from './table';

export const rfc9207: Section = {
  title: 'RFC 9207: authorization server issuer identification',
  about: 'For clients of several authorization servers.',
  rows: [
    {
      name: '2.4 Validating the issuer identifier',
      source: 'https://www.rfc-editor.org/rfc/rfc9207#section-2.4',
      must: 'An `iss` in the authorization response is compared with the issuer.',
      notApplicable:
        'Cognito sends no `iss`, and the pool is the only server there is to mix up; one that comes is not looked at, ' +
        'as the `iss` of the id_token decides',
      check: async (site) => {
        const right = encodeURIComponent(site.pool.issuer);
        for (const iss of ['https%3A%2F%2Fissuer.example', right]) {
          const browser = new Browser();
          const back = await site.signIn(newPerson(site), browser);
          const parameters = parametersOf(await browser.get(`${back}&iss=${iss}`));
          expect([...parameters.keys()]).toEqual(['access_token']);
        }
        await refused('token_issuer', claim({ iss: 'https://issuer.example' }))(site);
      },
    },
  ],
};

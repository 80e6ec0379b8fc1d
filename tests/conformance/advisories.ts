import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser, type BrowserResponse } from '../support/browser';
import { listen } from '../support/loopback-http';
import { type Site, redirectParameters } from '../support/site';
import { withClaims, signedWith } from '../support/invalid-tokens';
import {
  exchangeIdToken,
  updateUser,
  link,
  addPoolUser,
  createUser,
  identityOwners,
  getUser,
} from '../support/users';
import { toFrontEnd, expectRefusedToken } from './checks';
import type { Section } from './table';

const nvd = (cve: string) => `https://nvd.nist.gov/vuln/detail/${cve}`;

/** A field that the app adds to users. */
export const PRIVATE_FIELD = {
  secretNote: { type: 'string', private: true },
  motto: { type: 'string' },
} as const;

/** Allows visitors an action of the content API. */
async function allowVisitors(site: Site, actions: string[]): Promise<void> {
  await site.strapi.run(async ({ db }, names: string[]) => {
    const where = { type: 'public' };
    const role = await db.query('plugin::users-permissions.role').findOne({ where });
    for (const action of names) {
      const data = { action, role: role?.id };
      const permissions = db.query('plugin::users-permissions.permission');
      if (!(await permissions.findOne({ where: data }))) await permissions.create({ data });
    }
  }, actions);
}

const textAt = async (site: Site, path: string, token?: string): Promise<string> => {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await fetch(site.strapi.url + path, { headers });
  return `${String(response.status)} ${await response.text()}`;
};

/** Names by which a query could reach the table of identities. */
const QUERY_PATHS = [
  ...['', '[identity]', '[identities]', '[cognito_identities]', '[cognito_identity]'],
  ...['[plugin::cognito.identity]', '[user][identity]', '[role][users][identities]'],
];

/**
 * Expects that no response of the content API depends on the plugin's tables: a right guess and a wrong one must look
 * the same.
 */
async function expectNoOracle(
  site: Site,
  toQuery: (path: string, field: string, guess: string) => string,
): Promise<void> {
  const name = addPoolUser(site);
  expectLoggedIn(await site.loginAs(name));
  const [row] = (await site.rows('identity')).slice(-1) as Record<string, string>[];
  await allowVisitors(site, ['plugin::users-permissions.user.find', 'api::note.note.find']);
  // Filters do work here: a guess about public data shows in the response.
  const byName = (guess: string) => textAt(site, `/api/users?filters[username][$eq]=${guess}`);
  expect(await byName(name)).not.toBe(await byName('nobody'));
  for (const path of ['/api/users', '/api/notes', '/api/auth/cognito/callback']) {
    for (const relation of QUERY_PATHS) {
      for (const field of ['digest', 'subject']) {
        const search = (guess: string) =>
          textAt(site, `${path}?${toQuery(relation, field, guess)}`);
        const right = await search((row?.[field] ?? '').slice(0, 8));
        expect({ path, relation, answer: right }).toEqual({
          path,
          relation,
          answer: await search('zzzzzzzz'),
        });
        expect(right).not.toContain(row?.[field]);
      }
    }
  }
}

/** A callback for a login that was never started, with other values in everything that a client sends. */
const callWithUnknownState = (site: Site, n: number): Promise<BrowserResponse> =>
  new Browser().request(`${site.strapi.redirectUri}?state=s${n}&code=c${n}&email=a${n}@b.example`, {
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${n}` },
    body: JSON.stringify({ email: `a${n}@b.example` }),
  });

/** Whether a request was rate-limited. */
const isRateLimited = ({ status, location }: BrowserResponse): boolean =>
  status === 429 || /[?&]error=too_many_requests(?:&|$)/.test(location ?? '');

export const advisories: Section = {
  title: 'Advisories',
  about: 'Earlier vulnerabilities in Strapi, and in another site’s login with Cognito.',
  rows: [
    {
      name: 'CVE-2023-22893',
      source: nvd('CVE-2023-22893'),
      rule: 'A token is verified before a claim is used. Its `iss` selects no keys and causes no request.',
      check: async (site) => {
        const attacker = await listen((_, response) =>
          response.end(JSON.stringify(site.pool.jwks())),
        );
        try {
          await expectRefusedToken(site, 'token_signature', signedWith({ key: 'foreign' }));
          await expectRefusedToken(site, 'token_signature', signedWith({ alg: 'none' }));
          const iss = attacker.origin;
          await expectRefusedToken(site, 'token_issuer', withClaims({ iss }));
          await expectRefusedToken(site, 'token_issuer', (claims, pool) =>
            pool.sign({ claims: { ...claims, iss }, key: 'foreign' }),
          );
          expect(attacker.requests).toEqual([]);
        } finally {
          await attacker.stop();
        }
      },
    },
    {
      name: 'CVE-2024-34065',
      source: nvd('CVE-2024-34065'),
      rule: 'No `?callback=` redirects a login to an unknown URL, and no URL contains a token.',
      check: async (site) => {
        const attacker = toFrontEnd('https://evil.example/');
        const response = await new Browser().get(site.connectUrl + attacker);
        expectRefusal({ status: response.status, body: response.json() }, 'invalid_request');
        const browser = new Browser();
        const back = await site.signIn('ann', browser, attacker).catch(() => undefined);
        expect(back).toBeUndefined();
        const good = await browser.get(await site.signIn('ann', browser));
        expect([...redirectParameters(good).keys()]).toEqual(['access_token']);
        expect(good.location).not.toMatch(/eyJ|evil/);
      },
    },
    {
      name: 'CVE-2025-64526',
      source: nvd('CVE-2025-64526'),
      rule: 'No value in a request gives it a rate limit of its own.',
      check: async (site) => {
        const limit = (ratelimit: object) =>
          site.strapi.run((strapi, arg: object) => {
            strapi.config.set('plugin.users-permissions.ratelimit', arg);
          }, ratelimit);
        await limit({ enabled: true, interval: 60_000, max: 10 });
        try {
          const held: boolean[] = [];
          for (let n = 0; n < 40; n += 1)
            held.push(isRateLimited(await callWithUnknownState(site, n)));
          expect(held.map(Number).join('')).toBe('0'.repeat(30) + '1'.repeat(10));
          // The exchange, which users-permissions does not limit, is blocked too.
          for (const email of ['a@example.com', 'b@example.com']) {
            const guess = { access_token: 'A'.repeat(43), email };
            expectRefusal(await site.exchangeByPost(guess), 'too_many_requests');
          }
        } finally {
          await limit({ enabled: false });
        }
      },
    },
    {
      name: 'CVE-2023-34093',
      source: nvd('CVE-2023-34093'),
      rule: 'Private fields stay private if the user content type is extended.',
      check: async (site) => {
        const name = addPoolUser(site);
        const { user } = expectLoggedIn(await site.loginAs(name));
        await updateUser(site, user.id, { secretNote: 's3cret', motto: 'ad astra' });
        const again = expectLoggedIn(await site.loginAs(name));
        const { id_token } = site.pool.tokensFor(name);
        const linked = await link(site, again.jwt, { id_token });
        expect(linked.status).toBe(200);
        for (const shown of [again.user, linked.body.user]) {
          expect(shown).toMatchObject({ motto: 'ad astra' });
          for (const field of ['secretNote', 'password', 'resetPasswordToken', 'role']) {
            expect(shown).not.toHaveProperty(field);
          }
        }
      },
    },
    {
      name: 'CVE-2023-22894',
      source: nvd('CVE-2023-22894'),
      rule: 'Filters reveal nothing about the plugin’s tables, in the content API or the Content Manager.',
      check: async (site) => {
        await expectNoOracle(
          site,
          (path, field, guess) => `filters${path}[${field}][$startsWith]=${guess}`,
        );
        const admin = await site.strapi.admin();
        for (const table of ['identity', 'one-time-code', 'lease', 'login-record']) {
          const path = `/content-manager/collection-types/plugin::cognito.${table}?page=1`;
          expect(await textAt(site, path, admin)).toMatch(/^40[34] /);
        }
      },
    },
    {
      name: 'CVE-2023-34235',
      source: nvd('CVE-2023-34235'),
      rule: 'Filters that name a table of the query (`t1.digest`) reveal nothing about the plugin’s tables.',
      check: async (site) => {
        for (const prefix of ['t0', 't1', 'cognito_identities']) {
          await expectNoOracle(
            site,
            (path, field, guess) =>
              `filters${path}[${prefix}.${field}][$startsWith]=${guess}&sort=${prefix}.${field}`,
          );
        }
      },
    },
    {
      name: 'CVE-2026-27886',
      source: nvd('CVE-2026-27886'),
      rule: 'Parameters that no sanitizer checks (`where`) reveal nothing about the plugin’s tables.',
      check: (site) =>
        expectNoOracle(
          site,
          (path, field, guess) =>
            `where${path}[${field}][$startsWith]=${guess}&_q=${guess}&populate=*`,
        ),
    },
    {
      name: 'Flickr on Cognito, 2021',
      source: 'https://security.lauritz-holtmann.de/advisories/flickr-account-takeover/',
      rule: 'An email set in Cognito, unverified or in another case, does not give access to another user.',
      check: async (site) => {
        const victims = [
          await createUser(site, {
            provider: 'cognito',
            email: `v1-${addPoolUser(site)}@example.com`,
          }),
          await createUser(site, {
            provider: 'local',
            email: `v2-${addPoolUser(site)}@example.com`,
          }),
        ];
        const attacker = addPoolUser(site);
        const { user: own } = expectLoggedIn(await site.loginAs(attacker));
        const before = await identityOwners(site);
        for (const { id, email } of victims) {
          for (const typed of [email, email.toUpperCase()]) {
            for (const email_verified of [false, 'false', undefined]) {
              const change = { email: typed, email_verified };
              expectRefusal(
                await exchangeIdToken(site, addPoolUser(site), change),
                'email_not_verified',
              );
              // A known user stays the same user.
              const known = expectLoggedIn(await exchangeIdToken(site, attacker, change));
              expect(known.user.id).toBe(own.id);
            }
          }
          expect((await getUser(site, id)).email).toBe(email);
        }
        expect((await getUser(site, own.id)).email).toBe(`${attacker}@example.com`);
        expect(await identityOwners(site)).toEqual(before);
      },
    },
  ],
};

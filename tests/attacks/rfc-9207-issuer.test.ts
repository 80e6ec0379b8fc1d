import { Browser } from '../support/browser';
import { type Site, redirectParameters, startSite } from '../support/site';

// The answer to a login that names another issuer is the answer of another server, whatever its state.

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(async () => {
  await setIssuer(site.pool.jwksUrl);
  site.pool.forgetRequests();
});

afterEach(() => site.pool.clearChanges());

afterAll(() => site.stop());

/** Sets the user pool by its JWKS URL; without one it is not known before the first login. */
async function setIssuer(jwksurl: string): Promise<void> {
  await site.strapi.run((strapi) =>
    strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' }).set({ value: {} }),
  );
  await site.strapi.setGrant({ jwksurl });
}

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

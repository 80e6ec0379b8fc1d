import { atHash } from '../support/pool';
import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { withQueries } from '../support/queries';
import { type Answer, type Site, startSite } from '../support/site';
import {
  type TokenVariant,
  withClaims,
  loginWith as loginWithToken,
  withPart,
  signedWith,
  validToken,
} from '../support/invalid-tokens';
import { addPoolUser, exchangeIdToken } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.loginAs('ann');
});

afterEach(() => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
});

const now = () => Math.floor(Date.now() / 1000);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const bad: [string, Code, TokenVariant][] = [
  ['no token at all', 'token_malformed', () => 'nonsense'],
  ['two parts', 'token_malformed', (claims, pool) => pool.sign({ claims }).replace(/\.[^.]*$/, '')],
  ['five parts', 'token_malformed', (claims, pool) => `${pool.sign({ claims })}.a.b`],
  ['a space after it', 'token_malformed', (claims, pool) => `${pool.sign({ claims })} `],
  ['base64 with padding', 'token_malformed', withPart(1, (text) => `${text}=`)],
  ['a payload that is not JSON', 'token_malformed', (_, pool) => pool.sign({ claims: '{"sub":' })],
  ['a payload that is a list', 'token_malformed', (_, pool) => pool.sign({ claims: '[]' })],
  ['a payload that is null', 'token_malformed', (_, pool) => pool.sign({ claims: 'null' })],
  ['a header that is not JSON', 'token_malformed', withPart(0, () => 'e30x')],
  ['an unknown crit', 'token_malformed', signedWith({ header: { crit: ['x'], x: 1 } })],
  ['an empty crit', 'token_malformed', signedWith({ header: { crit: [] } })],
  ['more than 64 KiB', 'token_malformed', withClaims({ padding: 'x'.repeat(64 * 1024) })],
  ['no exp', 'token_malformed', withClaims({ exp: undefined })],
  ['exp as a string', 'token_malformed', withClaims(({ exp }) => ({ exp: String(exp) }))],
  ['no iat', 'token_malformed', withClaims({ iat: undefined })],
  ['iat as a string', 'token_malformed', withClaims(({ iat }) => ({ iat: String(iat) }))],
  ['nbf as a string', 'token_malformed', withClaims(({ iat }) => ({ nbf: String(iat) }))],
  ['nbf that is null', 'token_malformed', withClaims({ nbf: null })],
  ['no sub', 'token_malformed', withClaims({ sub: undefined })],
  ['an empty sub', 'token_malformed', withClaims({ sub: '' })],
  ['a sub that is a number', 'token_malformed', withClaims({ sub: 7 })],
  ['a sub that is too long', 'token_malformed', withClaims({ sub: 'x'.repeat(256) })],

  ['the signature of another key', 'token_signature', signedWith({ key: 'foreign' })],
  ['alg none', 'token_signature', signedWith({ alg: 'none' })],
  ['alg nOnE', 'token_signature', signedWith({ alg: 'nOnE' })],
  ['HS256 with the public key as the secret', 'token_signature', signedWith({ alg: 'HS256' })],
  [
    'alg RS256 over an HMAC',
    'token_signature',
    signedWith({ alg: 'HS256', header: { alg: 'RS256' } }),
  ],
  ['RS512', 'token_signature', signedWith({ alg: 'RS512' })],
  ['PS256', 'token_signature', signedWith({ alg: 'PS256' })],
  ['ES256', 'token_signature', signedWith({ alg: 'ES256' })],
  ['alg in lower case', 'token_signature', signedWith({ header: { alg: 'rs256' } })],
  ['no kid', 'token_signature', signedWith({ header: { kid: undefined } })],
  ['a kid that is a list', 'token_signature', signedWith({ header: { kid: ['a'] } })],
  [
    'the kid of the other key',
    'token_signature',
    (claims, pool) => pool.sign({ claims, header: { kid: pool.kid('access') } }),
  ],
  ['no signature', 'token_signature', withPart(2, () => '')],
  [
    'a changed payload',
    'token_signature',
    (claims, pool) =>
      withPart(1, () => part({ ...claims, email: 'evil@example.com' }))(claims, pool),
  ],
  [
    'its own key (jwk)',
    'token_signature',
    (claims, pool) => {
      const jwk = pool.jwks().keys[0];
      return pool.sign({ claims, key: 'foreign', header: { jwk } });
    },
  ],
  [
    'a URL of its key (jku, x5u)',
    'token_signature',
    (claims, pool) => {
      const place = `${pool.origin}/evil`;
      return pool.sign({ claims, key: 'foreign', header: { jku: place, x5u: place } });
    },
  ],

  ['an exp that has passed', 'token_expired', withClaims(() => ({ exp: now() - 10 }))],
  ['an exp of 0', 'token_expired', withClaims({ exp: 0 })],
  ['an iat ahead', 'token_not_yet_valid', withClaims(() => ({ iat: now() + 60 }))],
  ['an nbf ahead', 'token_not_yet_valid', withClaims(() => ({ nbf: now() + 60 }))],

  ['another iss', 'token_issuer', withClaims({ iss: 'http://localhost:1' })],
  [
    'the iss of another pool',
    'token_issuer',
    withClaims({
      iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other',
    }),
  ],
  [
    'iss with a slash after it',
    'token_issuer',
    withClaims(({ iss }) => ({ iss: `${String(iss)}/` })),
  ],
  ['iss in a list', 'token_issuer', withClaims(({ iss }) => ({ iss: [iss] }))],
  ['no iss', 'token_issuer', withClaims({ iss: undefined })],

  ['another aud', 'token_audience', withClaims({ aud: 'another-client' })],
  ['aud in a list', 'token_audience', withClaims(({ aud }) => ({ aud: [aud] }))],
  [
    'aud in capitals',
    'token_audience',
    withClaims(({ aud }) => ({ aud: String(aud).toUpperCase() })),
  ],
  ['no aud', 'token_audience', withClaims({ aud: undefined })],
  [
    'client_id instead of aud',
    'token_audience',
    withClaims(({ aud }) => ({
      aud: undefined,
      client_id: aud,
    })),
  ],

  [
    'token_use access',
    'token_use',
    (claims, pool) => pool.sign({ claims: { ...claims, token_use: 'access' }, key: 'id' }),
  ],
  ['no token_use', 'token_use', withClaims({ token_use: undefined })],
];

const ofTheLogin: [string, Code, TokenVariant][] = [
  ['another nonce', 'token_nonce', withClaims({ nonce: 'another' })],
  ['no nonce', 'token_nonce', withClaims({ nonce: undefined })],
  ['an empty nonce', 'token_nonce', withClaims({ nonce: '' })],
  ['the nonce in a list', 'token_nonce', withClaims(({ nonce }) => ({ nonce: [nonce] }))],
  [
    'at_hash of another access token',
    'token_signature',
    withClaims({ at_hash: atHash('another') }),
  ],
  ['at_hash that is not a string', 'token_signature', withClaims({ at_hash: 7 })],
  ['an empty at_hash', 'token_signature', withClaims({ at_hash: '' })],
];

const loginWith = (spoil: TokenVariant) => loginWithToken(site, spoil);

describe('an id_token from the token endpoint', () => {
  test('that is valid is accepted', async () => {
    expect([...(await loginWith(validToken)).keys()]).toEqual(['access_token']);
  });

  test.each([...bad, ...ofTheLogin])('with %s fails the login: %s', async (_, code, spoil) => {
    const parameters = await loginWith(spoil);
    expect(Object.fromEntries(parameters)).toEqual({
      error: code,
      error_description: expect.stringMatching(/\w/) as string,
    });
    expect(site.pool.requests.map(({ path }) => path)).not.toContain('/evil');
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test('needs no at_hash', async () => {
    expect((await loginWith(withClaims({ at_hash: undefined }))).has('access_token')).toBe(true);
  });
});

describe('an id_token of a client', () => {
  test('that is valid is accepted', async () => {
    expectLoggedIn(
      await site.exchangeByPost({ id_token: validToken(site.pool.idClaims('ann'), site.pool) }),
    );
  });

  test.each(bad)('by POST with %s is refused: %s', async (_, code, spoil) => {
    const id_token = spoil(site.pool.idClaims('ann'), site.pool);
    expectRefusal(await site.exchangeByPost({ id_token }), code);
    expect(site.pool.requests.map(({ path }) => path)).not.toContain('/evil');
  });

  const short = bad.filter(([what]) => what !== 'more than 64 KiB');
  test.each(short)('by GET with %s is refused: %s', async (_, code, spoil) => {
    const id_token = spoil(site.pool.idClaims('ann'), site.pool);
    expectRefusal(await site.exchange({ id_token }), code);
  });

  test.each<[string, TokenVariant]>([
    ['a nonce of another login', withClaims({ nonce: 'not ours' })],
    ['an at_hash without an access token', withClaims({ at_hash: atHash('x') })],
    ['an exp that has just passed', withClaims(() => ({ exp: now() - 1 }))],
    ['an iat just ahead', withClaims(() => ({ iat: now() + 3, nbf: now() + 3 }))],
    ['fractions of seconds', withClaims(() => ({ iat: now() - 0.5, exp: now() + 60.5 }))],
    [
      'unknown claims and header fields',
      (claims, pool) =>
        pool.sign({
          claims: { ...claims, x: {} },
          header: { typ: 'JWT', jku: 'http://localhost:1' },
        }),
    ],
  ])('with %s is valid', async (_, make) => {
    const id_token = make(site.pool.idClaims('ann'), site.pool);
    expectLoggedIn(await site.exchangeByPost({ id_token }));
  });
});

describe('the email', () => {
  const without = (email: unknown) => withClaims({ email, email_verified: undefined });

  test('that is missing in the id_token of the code flow is fetched from userInfo', async () => {
    const parameters = await loginWith(without(undefined));
    expect(site.pool.count('/oauth2/userInfo')).toBe(1);
    const access_token = parameters.get('access_token') ?? '';
    const { user } = expectLoggedIn(await site.exchange({ access_token }));
    expect(user).toMatchObject({ email: 'ann@example.com' });
  });

  test.each([null, '', 7, ['ann@example.com']])(
    'that is %j in the id_token of the code flow makes it malformed, without a call to Cognito',
    async (email) => {
      expect((await loginWith(without(email))).get('error')).toBe('token_malformed');
      expect(site.pool.count('/oauth2/userInfo')).toBe(0);
    },
  );

  test('is not fetched from userInfo if the id_token has it', async () => {
    await loginWith(validToken);
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test('of userInfo is only verified if userInfo says so, whatever the id_token claims', async () => {
    site.pool.addUser({ name: 'una', attributes: { email: 'una@example.com' } });
    site.pool.changeIdToken(({ claims }) => ({
      claims: { ...claims, email: undefined, email_verified: true },
    }));
    expectRefusal(await site.loginAs('una'), 'email_not_verified');
  });

  test.each(['another-sub', undefined, ''])(
    'is refused from a userInfo whose sub is %j',
    async (sub) => {
      site.pool.changeUserInfo((body) => ({ ...body, sub }));
      const parameters = await loginWith(without(undefined));
      expect(parameters.get('error')).toBe('cognito_unavailable');
      expect(parameters.has('access_token')).toBe(false);
    },
  );

  test.each([undefined, '', 'nonsense', 'a b@example.com', ['a@example.com']])(
    'that is %j in userInfo too is missing',
    async (email) => {
      site.pool.changeUserInfo((body) => ({ ...body, email }));
      expect((await loginWith(without(undefined))).get('error')).toBe('email_missing');
    },
  );

  test.each<[unknown, Code]>([
    ...[undefined, 'nonsense', '@', 'a@b@c', `${'x'.repeat(250)}@example.com`].map(
      (email): [unknown, Code] => [email, 'email_missing'],
    ),
    ...['', 7, null, []].map((email): [unknown, Code] => [email, 'token_malformed']),
  ])(
    'that is %j in a token from a client is %s, without a call to Cognito',
    async (email, code) => {
      const id_token = withClaims({ email })(site.pool.idClaims('ann'), site.pool);
      const { access_token } = site.pool.tokensFor('ann');
      expectRefusal(await site.exchangeByPost({ id_token, access_token }), code);
      expect(site.pool.count('/oauth2/userInfo')).toBe(0);
    },
  );

  describe.each([
    ['the code flow', (name: string) => site.loginAs(name)],
    [
      'an exchange',
      (name: string) => site.exchange({ id_token: site.pool.tokensFor(name).id_token }),
    ],
  ])('by %s', (way, login) => {
    let people = 0;
    const newcomer = (email_verified: unknown): string => {
      const name = `v${(people += 1)}-${way.replaceAll(' ', '-')}`;
      site.pool.addUser({ name, attributes: { email: `${name}@example.com`, email_verified } });
      return name;
    };

    test.each([true, 'true'])('is verified with %j', async (email_verified) => {
      const { user } = expectLoggedIn(await login(newcomer(email_verified)));
      expect(user).toMatchObject({ confirmed: true });
    });

    test.each([
      false,
      'false',
      'TRUE',
      'True',
      ' true',
      1,
      '1',
      null,
      undefined,
      ['true'],
      { true: true },
      'yes',
    ])('is not verified with %j', async (email_verified) => {
      expectRefusal(await login(newcomer(email_verified)), 'email_not_verified');
    });
  });
});

describe('the queries of a login', () => {
  beforeAll(() => site.strapi.setGrant({ jwksurl: site.pool.jwksUrl }));

  /** The queries of Strapi itself for an exchange. */
  const STRAPI = [
    ['the permissions of visitors', /from .up_permissions/],
    ['whether the provider is enabled', /from .strapi_core_store_settings/],
  ] as const;

  /** The queries for the login of a known user. */
  const KNOWN_USER = [
    ['the user of the identity', /^select .cognito_identities.*id. .* from .cognito_identities/],
    ['the user, as for a Strapi JWT', /^select .* from .up_users. /],
    ['their role', /from .up_roles/],
    ['the user, as in /users/me', /^select .* from .up_users. /],
  ] as const;

  /** The queries of a login. A first login of its kind fills the caches. */
  async function queriesOf(login: () => Promise<Answer>): Promise<string[]> {
    expectLoggedIn(await login());
    const { result, queries } = await withQueries(site.strapi, login);
    expectLoggedIn(result);
    return queries;
  }

  function expectQueries(queries: string[], reasons: readonly (readonly [string, RegExp])[]): void {
    // A failure shows the reasons.
    const found = queries.map((sql, at) => (reasons[at]?.[1].test(sql) ? reasons[at][0] : sql));
    expect(found).toEqual(reasons.map(([reason]) => reason));
  }

  test('each query of a returning login has a reason', async () => {
    const name = addPoolUser(site);
    expectQueries(await queriesOf(() => exchangeIdToken(site, name)), [...STRAPI, ...KNOWN_USER]);
  });

  test('a one-time code adds two queries', async () => {
    const name = addPoolUser(site);
    await site.loginAs(name);
    const code = await site.code(name);
    const { result, queries } = await withQueries(site.strapi, () =>
      site.exchange({ access_token: code }),
    );
    expectLoggedIn(result);
    const taken = queries.filter((sql) => /^(?:delete|select) .*cognito_one_time_codes/.test(sql));
    // Read, then deleted: only one of several concurrent requests deletes it.
    expect(taken).toHaveLength(2);
    const others = queries.filter((sql) => !sql.includes('cognito_one_time_codes'));
    expectQueries(others, [...STRAPI, ...KNOWN_USER]);
  });

  test('a returning login takes the queries of /users/me, and those for the code and the identity', async () => {
    const name = addPoolUser(site);
    const { jwt } = expectLoggedIn(await exchangeIdToken(site, name));
    await site.me(jwt);
    const { result, queries: me } = await withQueries(site.strapi, () => site.me(jwt));
    expect(result.status).toBe(200);
    const queries = await queriesOf(() => exchangeIdToken(site, name));
    expect(queries.length).toBeLessThanOrEqual(me.length + 1);
  });
});

import {
  toEndpoints,
  isBrowserLoopback,
  isJwksUrl,
  issuerFromJwksUrl,
  issuerFromUserPoolId,
  issuerFromUrl,
  trustedIssuer,
  parseUserPoolDomain,
} from '../../server/protocol/endpoints';

const POOL = 'eu-west-1_AbCdEfGhI';
const OLD_FORM = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`;
const NEW_FORM = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${POOL}`;

test.each([
  ['http://localhost:1337', true],
  ['https://cms.site.localhost', true],
  ['http://127.1.2.3', true],
  ['http://[::1]:1337', true],
  ['https://localhost.example.com', false],
  ['https://cms.example.com', false],
  ['https://notlocalhost', false],
  ['http://10.0.0.1', false],
  ['http://0.0.0.0:1337', false],
])('%s is on loopback: %s', (url, expected) => {
  expect(isBrowserLoopback(new URL(url))).toBe(expected);
});

describe('parseUserPoolDomain', () => {
  test.each([
    ['shop.auth.eu-west-1.amazoncognito.com', 'https://shop.auth.eu-west-1.amazoncognito.com'],
    [
      'https://shop.auth.eu-west-1.amazoncognito.com',
      'https://shop.auth.eu-west-1.amazoncognito.com',
    ],
    [
      '  HTTPS://Shop.Auth.eu-west-1.AmazonCognito.com/ ',
      'https://shop.auth.eu-west-1.amazoncognito.com',
    ],
    ['login.example.com//', 'https://login.example.com'],
    ['login.example.com:8443', 'https://login.example.com:8443'],
    ['http://localhost:9000', 'http://localhost:9000'],
    ['http://127.0.0.1:9000/', 'http://127.0.0.1:9000'],
    ['http://127.100.200.255:9000', 'http://127.100.200.255:9000'],
    ['http://[::1]:9000', 'http://[::1]:9000'],
    ['\u00a0login.example.com\u00a0', 'https://login.example.com'],
    ['my-shop.a-b.example.com', 'https://my-shop.a-b.example.com'],
  ])('corrects %s', (text, origin) => {
    expect(parseUserPoolDomain(text)?.origin).toBe(origin);
  });

  test.each([
    '',
    'https//shop.example.com',
    'http://shop.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://shop.example.com',
    'ftp://localhost',
    'https://user:secret@shop.example.com',
    'https://user@shop.example.com',
    'https://:secret@shop.example.com',
    'http://user:secret@localhost',
    'http://128.0.0.1',
    '10.0.0.5',
    'https://169.254.169.254',
    'https://0xa.1.1.1',
    'https://3232235777',
    'shop.123',
    'http://[::2]',
    '_shop.example.com',
    'shop.example.com_',
    'shop.exa_mple.com',
    'shop.example.com.',
    'shop.example.com/login',
    'shop.example.com?x=1',
    'shop.example.com#x',
    'shop',
    'shop .example.com',
    'javascript://shop.example.com',
  ])('refuses %p', (text) => {
    expect(parseUserPoolDomain(text)).toBeUndefined();
  });

  test.each([
    ['shop.auth.eu-west-1.amazoncognito.com', 'eu-west-1'],
    ['shop.auth-fips.us-gov-west-1.amazoncognito.com', 'us-gov-west-1'],
    ['my-shop.auth.eu-west-1.amazoncognito.com', 'eu-west-1'],
    ['a.shop.auth.eu-west-1.amazoncognito.com', undefined],
    ['shop.auth-other.eu-west-1.amazoncognito.com', undefined],
    ['login.example.com', undefined],
    ['shop.auth.eu-west-1.amazoncognito.com.example.com', undefined],
  ])('reads the region of %s', (text, region) => {
    expect(parseUserPoolDomain(text)?.region).toBe(region);
  });

  test.each([
    ['http://localhost:9000', true],
    ['https://localhost', true],
    ['http://127.0.0.1:9000', true],
    ['localhost.example.com', false],
    ['login.example.com', false],
  ])('whether %s is this machine: %p', (text, loopback) => {
    expect(parseUserPoolDomain(text)?.loopback).toBe(loopback);
  });

  test('returns the endpoints of the domain', () => {
    expect(toEndpoints(parseUserPoolDomain('login.example.com')!)).toEqual({
      authorize: 'https://login.example.com/oauth2/authorize',
      token: 'https://login.example.com/oauth2/token',
      userInfo: 'https://login.example.com/oauth2/userInfo',
      logout: 'https://login.example.com/logout',
    });
  });
});

describe('issuers', () => {
  test('a pool id has both forms, one canonical name and the JWKS URL', () => {
    expect(issuerFromUserPoolId(POOL)).toEqual({
      canonical: OLD_FORM,
      accepted: [OLD_FORM, NEW_FORM],
      jwksUrl: `${OLD_FORM}/.well-known/jwks.json`,
    });
  });

  test.each(['us-gov-west-1_Ab1', 'us-iso-east-1_Ab1', 'eusc-de-east-1_Ab1'])('knows %s', (id) => {
    expect(issuerFromUserPoolId(id)?.canonical).toContain(id.split('_')[0]!);
  });

  test.each([
    '',
    'eu-west-1',
    'eu-west-1_',
    'eu-west-1_a/b',
    '../x_y',
    '../eu-west-1_Ab1',
    'EU-west-1_Ab1',
    'eu_Ab1',
    'eu-west-1_Ab1 ',
    `eu-west-1_${'a'.repeat(46)}`,
  ])('refuses the pool id %p', (id) => {
    expect(issuerFromUserPoolId(id)).toBeUndefined();
  });

  test('a pool id has at most 55 characters', () => {
    const longest = `eu-west-1_${'a'.repeat(45)}`;
    expect(longest).toHaveLength(55);
    expect(issuerFromUserPoolId(longest)?.canonical).toContain(longest);
  });

  test.each([
    `x${OLD_FORM}`,
    `${OLD_FORM}/`,
    `${OLD_FORM}#`,
    OLD_FORM.replace('cognito-idp', 'other-cognito-idp'),
    OLD_FORM.replace('eu-west-1_', 'us-west-1_'),
  ])('%s is not an issuer of Cognito, and only matches itself', (url) => {
    expect(issuerFromUrl(url)).toEqual({
      canonical: url,
      accepted: [url],
      jwksUrl: `${url}/.well-known/jwks.json`,
    });
  });

  test.each([
    ['https://keys.example.com/any/path', true],
    ['\u00a0https://keys.example.com/ ', true],
    ['http://localhost:9000/keys', true],
    ['http://keys.example.com/keys', false],
    ['ftp://keys.example.com/keys', false],
    ['https://user@keys.example.com/keys', false],
    ['keys', false],
  ])('keys may be fetched from %p: %p', (url, may) => {
    expect(isJwksUrl(url)).toBe(may);
  });

  test('either form of a Cognito issuer stands for the pool', () => {
    expect(issuerFromUrl(NEW_FORM)).toEqual(issuerFromUserPoolId(POOL));
    expect(issuerFromUrl(OLD_FORM)).toEqual(issuerFromUserPoolId(POOL));
  });

  test('the issuer of a JWKS URL is the URL before its path, and the keys stay there', () => {
    expect(issuerFromJwksUrl(`${NEW_FORM}/.well-known/jwks.json`)).toEqual({
      ...issuerFromUserPoolId(POOL),
      jwksUrl: `${NEW_FORM}/.well-known/jwks.json`,
    });
    expect(issuerFromJwksUrl('\u00a0https://keys.example.com/a/.well-known/jwks.json ')).toEqual({
      canonical: 'https://keys.example.com/a',
      accepted: ['https://keys.example.com/a'],
      jwksUrl: 'https://keys.example.com/a/.well-known/jwks.json',
    });
  });

  test.each([
    'http://keys.example.com/.well-known/jwks.json',
    'https://keys.example.com/jwks.json',
    'https://keys.example.com/.well-known/jwks.json/x',
    'https://a:b@keys.example.com/.well-known/jwks.json',
    'https://keys.example.com/.well-known/jwks.json?x=1',
    'https://keys.example.com/.well-known/jwks.json#x',
    'keys',
  ])('refuses the JWKS URL %s', (url) => {
    expect(issuerFromJwksUrl(url)).toBeUndefined();
  });
});

describe('trustedIssuer', () => {
  const prefix = parseUserPoolDomain('shop.auth.eu-west-1.amazoncognito.com')!;
  const custom = parseUserPoolDomain('login.example.com')!;
  const loopback = parseUserPoolDomain('http://localhost:9000')!;

  test.each([
    [OLD_FORM, prefix],
    [NEW_FORM, prefix],
    [OLD_FORM, custom],
  ])('trusts %s', (iss, host) => {
    expect(trustedIssuer(iss, host)?.canonical).toBe(OLD_FORM);
  });

  test('accepts the origin itself on loopback', () => {
    expect(trustedIssuer('http://localhost:9000', loopback)?.jwksUrl).toBe(
      'http://localhost:9000/.well-known/jwks.json',
    );
  });

  test.each([
    ['another region', 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab', prefix],
    ['regions that disagree', 'https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_Ab', custom],
    ['something before it', `x${OLD_FORM}`, custom],
    ['plain http', OLD_FORM.replace('https', 'http'), custom],
    ['a similar host', `https://cognito-idp.eu-west-1.amazonaws.com.evil.example/${POOL}`, custom],
    [
      'a host in the path',
      `https://evil.example/cognito-idp.eu-west-1.amazonaws.com/${POOL}`,
      custom,
    ],
    ['credentials', `https://cognito-idp.eu-west-1.amazonaws.com@evil.example/${POOL}`, custom],
    ['a trailing slash', `${OLD_FORM}/`, custom],
    ['a longer path', `${OLD_FORM}/x`, custom],
    ['capitals', OLD_FORM.toUpperCase(), custom],
    ['the domain itself', 'https://login.example.com', custom],
    ['another port on loopback', 'http://localhost:9001', loopback],
    ['Cognito on loopback', OLD_FORM, loopback],
    ['no string', [OLD_FORM], custom],
  ])('does not accept %s', (_, iss, host) => {
    expect(trustedIssuer(iss, host)).toBeUndefined();
  });
});

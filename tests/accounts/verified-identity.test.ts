import { toIdentity } from '../../server/accounts/verified-identity';

const CLAIMS = { sub: 'subject', email: 'Ann@Example.com', email_verified: true };

test('the identity has the email in lower case, and every claim', () => {
  expect(toIdentity('issuer', CLAIMS)).toEqual({
    issuer: 'issuer',
    subject: 'subject',
    email: 'ann@example.com',
    emailVerified: true,
    claims: CLAIMS,
    complete: true,
  });
  // From userInfo, which has fewer claims than an id_token.
  expect(toIdentity('issuer', CLAIMS, false).complete).toBe(false);
});

test('a letter that becomes an ASCII letter in lower case is not allowed', () => {
  // The Kelvin sign: "\u212Aevin" would become "kevin".
  expect(() => toIdentity('issuer', { ...CLAIMS, email: '\u212Aevin@example.com' })).toThrow(
    expect.objectContaining({ code: 'email_missing' }) as Error,
  );
  expect(toIdentity('issuer', { ...CLAIMS, email: 'Ännchen@Example.com' }).email).toBe(
    'ännchen@example.com',
  );
});

test.each([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
  ['True', false],
  [1, false],
  [['true'], false],
  [null, false],
  [undefined, false],
])('email_verified %p means %p', (email_verified, expected) => {
  expect(toIdentity('issuer', { ...CLAIMS, email_verified }).emailVerified).toBe(expected);
});

test.each([
  "o'neil+shop@example.com",
  'first.last@sub.example.co.uk',
  '!#$%&*/^_`{|}~-@example.com',
  'ann=office@example.com',
  'jörg@münchen.example',
  'ann@localhost',
])('%s is one address', (email) => {
  expect(toIdentity('issuer', { ...CLAIMS, email }).email).toBe(email);
});

test.each([
  undefined,
  null,
  '',
  7,
  'ann',
  'a@b@c',
  'a b@c',
  '@c',
  'a@',
  ['a@b'],
  '<a@b.example>',
  'Ann <a@b.example>',
  'a@b.example>',
  'a@b.example;',
  'a@b.example,',
  'a,c@b.example',
  'group:a@b.example;',
  'a:b@c.example',
  '"a"@b.example',
  '"a b"@c.example',
  'a(comment)@b.example',
  'a@b.example(comment)',
  'a@[10.0.0.1]',
  'a\\b@c.example',
  'a@b.example\nbcc:c',
  'a@b.example\u2028',
  '=?utf-8?q?=61dmin=40c.example=3e?=@b.example',
  `${'a'.repeat(254)}@b`,
])('email %p is email_missing', (email) => {
  expect(() => toIdentity('issuer', { ...CLAIMS, email })).toThrow(
    expect.objectContaining({ code: 'email_missing', status: 400 }) as Error,
  );
});

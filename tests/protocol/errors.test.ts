import {
  CognitoError,
  type ErrorCode,
  errorTable,
  isErrorCode,
  isGuess,
  quote,
} from '../../server/protocol/errors';

test('the codes have the statuses that front-ends rely on', () => {
  const byStatus: Partial<Record<number, string[]>> = {};
  for (const [code, { status }] of Object.entries(errorTable)) (byStatus[status] ??= []).push(code);
  expect(byStatus).toEqual({
    400: ['invalid_request', 'login_expired', 'email_missing', 'provider_disabled'],
    401: [
      'token_malformed',
      'token_signature',
      'token_expired',
      'token_not_yet_valid',
      'token_issuer',
      'token_audience',
      'token_use',
      'token_nonce',
      'reauthentication_required',
    ],
    403: [
      'email_not_verified',
      'group_required',
      'registration_disabled',
      'registration_refused',
      'role_missing',
      'user_blocked',
    ],
    409: ['email_taken', 'identity_taken'],
    429: ['too_many_requests'],
    500: ['server_error'],
    502: ['cognito_refused'],
    503: ['login_in_progress', 'not_configured', 'cognito_unavailable'],
  });
});

test('isErrorCode accepts the codes, but no property that every object has', () => {
  expect(Object.keys(errorTable).every(isErrorCode)).toBe(true);
  for (const value of [
    '',
    'toString',
    '__proto__',
    'TOKEN_USE',
    400,
    null,
    undefined,
    ['token_use'],
  ]) {
    expect(isErrorCode(value)).toBe(false);
  }
});

test('a request that does not authenticate its sender is a guess', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];
  expect(codes.filter((code) => isGuess(new CognitoError(code, 'the reason')))).toEqual([
    'invalid_request',
    'login_expired',
    'token_malformed',
    'token_signature',
    'token_expired',
    'token_not_yet_valid',
    'token_issuer',
    'token_audience',
    'token_use',
    'token_nonce',
    'cognito_refused',
  ]);
  expect(isGuess(new Error('token_use'))).toBe(false);
});

describe('CognitoError', () => {
  test.each(Object.keys(errorTable) as ErrorCode[])('%s has its status and message', (code) => {
    const error = new CognitoError(code, 'the reason');
    const { status, message } = errorTable[code];
    expect(error).toMatchObject({ name: 'CognitoError', code, status, message, details: { code } });
    expect(error).toBeInstanceOf(Error);
  });

  test('each code has its own message, which is a sentence', () => {
    const messages = Object.values(errorTable).map(({ message }) => message);
    for (const message of messages) expect(message).toMatch(/^[A-Z][\w ,:.-]{10,}\.$/);
    expect(new Set(messages).size).toBe(messages.length);
  });

  test('the public message does not contain the reason', () => {
    const { message, details } = new CognitoError('token_use', 'the reason');
    expect(JSON.stringify([message, details])).not.toContain('the reason');
  });

  test('accepts a cause, a message and details, which cannot hide the code', () => {
    const cause = new Error('cause');
    const details = { code: 'other', key: 'value' };
    const error = new CognitoError('email_taken', 'reason', { cause, message: 'Mine.', details });
    expect(error).toMatchObject({
      message: 'Mine.',
      details: { code: 'email_taken', key: 'value' },
    });
    expect(error.cause).toBe(cause);
  });
});

describe('quote', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;

  test.each<[string, unknown, string]>([
    ['text', 'plain', '"plain"'],
    ['a second line', 'a\nb\r\u001b[31m', '"a\\nb\\r\\u001b[31m"'],
    ['quotes', '"a"', '"\\"a\\""'],
    [
      'characters at which a viewer may end a line',
      'a\u007f\u0085\u009f\u2028\u2029b',
      '"a?????b"',
    ],
    ['letters of any script', 'é\u00a0日\u2027', '"é\u00a0日\u2027"'],
    ['a list', ['a', 1], '["a",1]'],
    ['nothing', undefined, 'a value of type undefined'],
    ['a function', () => 1, 'a value of type function'],
    ['a bigint', 1n, 'a value of type bigint'],
    ['a cycle', cycle, 'a value of type object'],
  ])('quotes %s for a log line', (_, value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  test('has at most 120 characters', () => {
    expect(quote('x'.repeat(118))).toBe(`"${'x'.repeat(118)}"`);
    expect(quote('x'.repeat(119))).toBe(`"${'x'.repeat(116)}...`);
  });
});

import { type AccountPolicy, decide } from '../../server/accounts/decision';
import type { User } from '../../server/strapi';

const POLICY: AccountPolicy = {
  requireVerifiedEmail: true,
  linking: 'explicit',
  uniqueEmail: true,
  allowRegister: true,
  emailConfirmation: true,
};

const user = (provider: string, more: Partial<User> = {}): User => ({
  id: 7,
  username: 'ann',
  email: 'ann@example.com',
  provider,
  confirmed: true,
  blocked: false,
  ...more,
});

const refusal = (emailMatch: User, linkable: boolean, policy: Partial<AccountPolicy> = {}) => {
  try {
    return decide({ emailVerified: true }, [{ user: emailMatch, linkable }], {
      ...POLICY,
      ...policy,
    });
  } catch (error) {
    return error;
  }
};

// The matrix tests who gets which account; this file tests the messages.
test('the error for an email of another provider says how to link', () => {
  expect(refusal(user('local'), true)).toMatchObject({
    code: 'email_taken',
    status: 409,
    message: expect.stringContaining('link') as string,
    reason: expect.stringContaining('users.linking is "explicit"') as string,
  });
});

test('but not if linking is disabled', () => {
  for (const refused of [
    refusal(user('local'), true, { linking: 'never' }),
    refusal(user('cognito'), false),
  ]) {
    expect(refused).toMatchObject({ code: 'email_taken' });
    expect((refused as Error).message).not.toContain('link');
  }
});

describe('a verified email links', () => {
  const link = (emailMatch: User, policy: Partial<AccountPolicy> = {}) =>
    refusal(emailMatch, true, { linking: 'verified-email', ...policy });

  test('to a confirmed local user', () => {
    expect(link(user('local'))).toEqual({ linkTo: user('local') });
  });

  test.each(['discord', 'google', 'github', 'Local', 'local ', '', 'email'])(
    'to no user of the provider %j, whose confirmation proves nothing',
    (provider) => expect(link(user(provider))).toMatchObject({ code: 'email_taken' }),
  );

  test.each<[string, Partial<User>, Partial<AccountPolicy>]>([
    ['without a provider', { provider: null }, {}],
    ['who is not confirmed', { confirmed: false }, {}],
    ['whose confirmation is not set', { confirmed: null }, {}],
    ['while no confirmation mails are sent', {}, { emailConfirmation: false }],
    ['while users have to link themselves', {}, { linking: 'explicit' }],
  ])('to no user %s', (_, change, policy) => {
    expect(link(user('local', change), policy)).toMatchObject({ code: 'email_taken' });
  });
});

test('a blocked user is neither adopted nor linked', () => {
  const blocked = { blocked: true };
  expect(refusal(user('cognito', blocked), true)).toMatchObject({ code: 'user_blocked' });
  expect(refusal(user('local', blocked), true, { linking: 'verified-email' })).toMatchObject({
    code: 'user_blocked',
  });
});

test('of two users of other providers with one email, none is chosen', () => {
  const emailMatches = [user('local'), user('google', { id: 8 })];
  const decision = () =>
    decide(
      { emailVerified: true },
      emailMatches.map((each) => ({ user: each, linkable: true })),
      { ...POLICY, linking: 'verified-email', uniqueEmail: false },
    );
  expect(decision).toThrow(expect.objectContaining({ code: 'email_taken' }) as Error);
});

test('a user whose email is equal only for the database is neither adopted nor linked', () => {
  expect(refusal(user('cognito'), false)).toMatchObject({ code: 'email_taken' });
  expect(refusal(user('local'), false, { linking: 'verified-email' })).toMatchObject({
    code: 'email_taken',
  });
});

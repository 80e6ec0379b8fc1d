import type { Account } from 'next-auth';
import type { JWT } from 'next-auth/jwt';
import type * as NextAuth from '../../examples/nextauth/callbacks';
import { type Site, startSite } from '../support/site';

let site: Site;
let callbacks: (typeof NextAuth)['callbacks'];

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  process.env.STRAPI_API = `${site.strapi.url}/api`;
  ({ callbacks } = jest.requireActual<typeof NextAuth>('../../examples/nextauth/callbacks'));
});

const toAccount = (id_token?: string): Account => ({ provider: 'cognito', id_token });

test('the id_token is exchanged for a Strapi JWT, once', async () => {
  const account = toAccount(site.pool.tokensFor('ann').id_token);
  const token = await callbacks.jwt({ token: { name: 'Ann' }, account });
  const later = await callbacks.jwt({ token, account: null });
  expect(later).toBe(token);
  const session = callbacks.session({ session: { expires: 'later' }, token: later });
  expect(session).toMatchObject({ expires: 'later', strapiUser: { email: 'ann@example.com' } });
  expect((await site.me(session.strapiJwt ?? '')).status).toBe(200);
});

test('a login that Strapi refuses fails with its code', async () => {
  const account = toAccount(site.pool.tokensFor('ben').id_token);
  const login = callbacks.jwt({ token: {}, account });
  await expect(login).rejects.toMatchObject({ code: 'email_not_verified' });
});

test('a login without an id_token fails', async () => {
  await expect(callbacks.jwt({ token: {}, account: toAccount() })).rejects.toThrow('no id_token');
});

test('other providers are not affected', async () => {
  const token: JWT = { name: 'Ann' };
  const account: Account = { provider: 'github', id_token: 'a.b.c' };
  expect(await callbacks.jwt({ token, account })).toBe(token);
});

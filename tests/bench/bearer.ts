import { type Site, startSite } from '../support/site';
import { type Work, compare, print } from './pairs';
import { call, hangUp } from './requests';

function me({ strapi }: Site, token: string): Work {
  const headers = { authorization: `Bearer ${token}` };
  return () => call({ url: `${strapi.url}/api/users/me`, headers });
}

/** What an API call costs with a Cognito access token, and what a Strapi JWT pays for bearer being on. */
export async function run(): Promise<void> {
  const [off, on] = await Promise.all([
    startSite(),
    startSite({ cognito: { bearer: { enabled: true } } }),
  ]);
  try {
    const [offJwt = '', onJwt = ''] = await Promise.all(
      [off, on].map(async (site) => (await site.loginAs('ann')).body.jwt ?? ''),
    );
    // First, while both processes are equally warm.
    print(
      'GET /api/users/me with a Strapi JWT, two Strapis',
      await compare({ 'bearer off': me(off, offJwt), 'bearer on': me(on, onJwt) }),
    );
    print(
      'GET /api/users/me, one Strapi with bearer on',
      await compare({
        'Strapi JWT': me(on, onJwt),
        'Cognito access token': me(on, on.pool.tokensFor('ann').access_token),
      }),
    );
  } finally {
    hangUp();
    await Promise.all([off.stop(), on.stop()]);
  }
}

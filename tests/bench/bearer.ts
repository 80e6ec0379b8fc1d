import { type Site, startSite } from '../support/site';
import { type Work, compare, print } from './pairs';
import { call, closeConnections } from './requests';

function readUser({ strapi }: Site, token: string): Work {
  const headers = { authorization: `Bearer ${token}` };
  return () => call({ url: `${strapi.url}/api/users/me`, headers });
}

/** The cost of an API call with a Cognito access token, and of one with a Strapi JWT while bearer is on. */
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
      await compare({ 'bearer off': readUser(off, offJwt), 'bearer on': readUser(on, onJwt) }),
    );
    print(
      'GET /api/users/me, one Strapi with bearer on',
      await compare({
        'Strapi JWT': readUser(on, onJwt),
        'Cognito access token': readUser(on, on.pool.tokensFor('ann').access_token),
      }),
    );
  } finally {
    closeConnections();
    await Promise.all([off.stop(), on.stop()]);
  }
}

import { Agent, get } from 'node:http';
import { type Site, startSite } from '../support/site';
import { type Work, compare, print } from './pairs';

const agent = new Agent({ keepAlive: true });

function call(site: Site, token: string): Work {
  const url = `${site.strapi.url}/api/users/me`;
  const headers = { authorization: `Bearer ${token}` };
  return () =>
    new Promise((resolve, reject) => {
      get(url, { headers, agent, family: 4 }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`answered ${response.statusCode ?? 0}`));
        });
      }).on('error', reject);
    });
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
      await compare({ 'bearer off': call(off, offJwt), 'bearer on': call(on, onJwt) }),
    );
    print(
      'GET /api/users/me, one Strapi with bearer on',
      await compare({
        'Strapi JWT': call(on, onJwt),
        'Cognito access token': call(on, on.pool.tokensFor('ann').access_token),
      }),
    );
  } finally {
    agent.destroy();
    await Promise.all([off.stop(), on.stop()]);
  }
}

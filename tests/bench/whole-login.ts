import { Browser } from '../support/browser';
import { startPool } from '../support/pool';
import { Site, connectPool, redirectParameters } from '../support/site';
import { type GrantSettings, type StrapiOptions, startStrapi } from '../support/strapi';
import { type Work, compare, print } from './pairs';
import { withProcessorTime } from './processor';
import { call, closeConnections } from './requests';

/** Milliseconds. */
const DELAY = 20;

/** The login of a returning user, from the front-end's link to the Strapi JWT, with a delay at Cognito. */
export async function run(): Promise<void> {
  const pool = await startPool();
  const sites: Site[] = [];
  const start = async (options: StrapiOptions): Promise<Site> => {
    const site = new Site(pool, await startStrapi(options));
    sites.push(site);
    await connectPool(site);
    await site.strapi.setGrant({ jwksurl: pool.jwksUrl });
    return site;
  };
  try {
    const builtIn = await start({ plugin: false });
    // Grant uses https for the Host URI, for which the stand-in has no certificate.
    const urls = {
      authorize_url: `${pool.origin}/oauth2/authorize`,
      access_url: `${pool.origin}/oauth2/token`,
    };
    await builtIn.strapi.setGrant(urls as GrantSettings);
    const ours = await start({});
    for (const endpoint of ['token', 'jwks', 'userInfo'] as const) {
      pool.injectFault(endpoint, { delay: DELAY });
    }
    const rates = await compare(
      { 'the built-in provider': wholeLogin(builtIn), 'this plugin': wholeLogin(ours) },
      { ms: 800 },
    );
    print(`A whole login, each response of Cognito delayed by ${DELAY} ms`, rates);
  } finally {
    closeConnections();
    await Promise.all(sites.map(({ strapi }) => strapi.stop()));
    await pool.stop();
  }
}

function wholeLogin(site: Site): Work {
  return withProcessorTime([site.strapi], async () => {
    const browser = new Browser();
    const parameters = redirectParameters(await browser.get(await site.signIn('ann', browser)));
    await call({ url: `${site.exchangeUrl}?${parameters.toString()}` });
    site.pool.forgetRequests();
  });
}

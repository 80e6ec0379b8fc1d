import { MEMORY_SOURCE } from '../bench/memory';
import type { Pool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type StrapiOptions, startStrapi } from '../support/strapi';

/** Milliseconds in which Cognito has to respond: the plugin's default. */
export const HTTP_TIMEOUT = 5000;

/** Logs uncaught errors, and can measure memory. */
const SOURCE = `'use strict';
${MEMORY_SOURCE}process.on('unhandledRejection', (reason) => console.error('[soak] unhandled rejection', reason));
process.on('uncaughtExceptionMonitor', (error) => console.error('[soak] uncaught', error));
module.exports = { register() {}, bootstrap() {} };
`;
const OPTIONS: StrapiOptions = {
  cognito: { http: { timeout: HTTP_TIMEOUT } },
  files: { 'src/index.js': SOURCE },
  // A restart during logins, on a busy machine.
  bootTimeout: 180_000,
};

/** One of several Strapis, which may be killed. */
export class Instance {
  /** When it was down, in milliseconds; the last outage may not have ended. */
  private readonly outages: { from: number; to: number }[] = [];

  constructor(
    readonly name: string,
    readonly site: Site,
  ) {}

  get isUp(): boolean {
    return (this.outages.at(-1)?.to ?? 0) < Infinity;
  }

  get kills(): number {
    return this.outages.length;
  }

  /** Whether it was down at any moment since then. */
  wasDownSince(start: number): boolean {
    return this.outages.some(({ to }) => to >= start);
  }

  /** Kills it as a crash does, and restarts it as a service manager does. */
  async killAndRestart(): Promise<void> {
    const outage = { from: Date.now(), to: Infinity };
    this.outages.push(outage);
    await this.site.strapi.kill();
    await this.site.strapi.restart();
    outage.to = Date.now();
  }
}

/** Strapis on one database. A user has logged in at the first one, so that all know the pool's issuer. */
export async function startInstances(pool: Pool, count: number): Promise<Instance[]> {
  const sites: Site[] = [];
  try {
    sites.push(new Site(pool, await startStrapi(OPTIONS)));
    const [first] = sites;
    await connectPool(first!);
    const { status } = await first!.loginAs('ann');
    if (status !== 200) throw new Error(`the first login failed with status ${status}`);
    while (sites.length < count) {
      const strapi = await startStrapi({ ...OPTIONS, database: first!.strapi.database });
      sites.push(new Site(pool, strapi));
      pool.client.callbackUrls.push(strapi.redirectUri);
    }
  } catch (error) {
    await stopSites(sites);
    throw error;
  }
  return sites.map((site, index) => new Instance(`Strapi ${index + 1}`, site));
}

/** Stops them, the first one last because it owns the database. */
export function stopInstances(instances: readonly Instance[]): Promise<void> {
  return stopSites(instances.map(({ site }) => site));
}

async function stopSites(sites: readonly Site[]): Promise<void> {
  for (const { strapi } of [...sites].reverse()) await strapi.stop();
}

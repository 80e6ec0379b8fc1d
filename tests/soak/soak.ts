import { startPool } from '../support/pool';
import { findWrongAccounts } from './accounts';
import { type Instance, startInstances, stopInstances } from './instances';
import { type Attempt, Load } from './load';
import { MemoryWatch } from './memory';
import { Trouble } from './trouble';

const INSTANCES = 3;
/** How many problems of each kind are shown. */
const SHOWN = 5;

/**
 * Several Strapis on one database with constant logins, while the pool and the processes fail.
 *
 * @returns whether nothing went wrong; the result is printed.
 */
export async function soak(seconds: number): Promise<boolean> {
  const pool = await startPool();
  let instances: Instance[] = [];
  try {
    instances = await startInstances(pool, INSTANCES);
    const [steady, ...killable] = instances;
    const trouble = new Trouble(pool, killable);
    const load = new Load(pool, instances, trouble);
    const memory = new MemoryWatch(steady!.site.strapi);
    console.log(`${INSTANCES} Strapis are up. Logins for ${seconds} seconds …`);
    const until = Date.now() + seconds * 1000;
    await Promise.all([load.run(until), trouble.run(until), memory.run(until)]);
    for (const instance of instances.filter(({ isUp }) => isUp)) await load.expectLogin(instance);

    const { attempts } = load;
    const { text, wrong: grown } = memory.report();
    const wrong = {
      'logins with a wrong outcome': attempts.flatMap(({ wrong: why, method: way }) =>
        why === undefined ? [] : [`${way}: ${why}`],
      ),
      'wrong accounts': await findWrongAccounts(steady!.site.strapi, pool, attempts),
      'processes that did not restart': trouble.lost,
      'unhandled rejections and uncaught errors': (
        await Promise.all(instances.filter(({ isUp }) => isUp).map(uncaught))
      ).flat(),
      'memory that grows': grown,
    };
    console.log(`\n${table(attempts)}`);
    console.log(
      `\n${trouble.rotations} rotations, ${trouble.outages} outages, ${trouble.kills} kills. ` +
        `Memory of the process that was never killed: ${text}.\n`,
    );
    return verdict(wrong);
  } finally {
    await stopInstances(instances);
    await pool.stop();
  }
}

async function uncaught({ name, site }: Instance): Promise<string[]> {
  const lines = await site.strapi.allLogs();
  return lines.filter((line) => line.includes('[soak]')).map((line) => `${name}: ${line}`);
}

/** The number of logins by method and outcome. */
function table(attempts: readonly Attempt[]): string {
  const counts = new Map<string, number>();
  for (const { method: way, outcome } of attempts) {
    const ending = outcome.kind === 'refused' ? outcome.code : outcome.kind;
    const row = `| ${way} | ${ending} |`;
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const rows = [...counts].sort().map(([row, count]) => `${row} ${count} |`);
  return ['| by | ended | logins |', '| --- | --- | ---: |', ...rows].join('\n');
}

function verdict(wrong: Record<string, readonly string[]>): boolean {
  for (const [what, items] of Object.entries(wrong)) {
    console.log(`${items.length === 0 ? 'ok    ' : 'WRONG '} ${items.length} ${what}`);
    for (const item of items.slice(0, SHOWN)) console.log(`         ${item}`);
  }
  const passed = Object.values(wrong).every((items) => items.length === 0);
  console.log(passed ? '\nPassed.' : '\nFailed.');
  return passed;
}

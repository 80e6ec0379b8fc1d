import { startPool } from '../support/pool';
import { wrongAccounts } from './accounts';
import { type Instance, startInstances, stopInstances } from './instances';
import { type Attempt, Load } from './load';
import { MemoryWatch } from './memory';
import { Trouble } from './trouble';

const INSTANCES = 3;
/** Of each kind of wrong, so many are shown. */
const SHOWN = 5;

/**
 * Several Strapis on one database, logins all the time, and the pool and the processes failing.
 *
 * @returns whether all held that must hold; the verdict is printed.
 */
export async function soak(seconds: number): Promise<boolean> {
  const pool = await startPool();
  let instances: Instance[] = [];
  try {
    instances = await startInstances(pool, INSTANCES);
    const [steady, ...mortal] = instances;
    const trouble = new Trouble(pool, mortal);
    const load = new Load(pool, instances, trouble);
    const memory = new MemoryWatch(steady!.site.strapi);
    console.log(`${INSTANCES} Strapis are up. Logins for ${seconds} seconds …`);
    const until = Date.now() + seconds * 1000;
    await Promise.all([load.run(until), trouble.rage(until), memory.run(until)]);
    for (const instance of instances.filter(({ isUp }) => isUp)) await load.mustWork(instance);

    const { attempts } = load;
    const { text, wrong: grown } = memory.report();
    const wrong = {
      'logins that ended otherwise than they may': attempts.flatMap(({ wrong: why, way }) =>
        why === undefined ? [] : [`${way}: ${why}`],
      ),
      'accounts that are not as they must be': await wrongAccounts(
        steady!.site.strapi,
        pool,
        attempts,
      ),
      'processes that did not come back': trouble.lost,
      'promises or errors that nobody caught': (
        await Promise.all(instances.filter(({ isUp }) => isUp).map(uncaught))
      ).flat(),
      'memory that grows': grown,
    };
    console.log(`\n${table(attempts)}`);
    console.log(
      `\n${trouble.rotations} rotations, ${trouble.outages} outages, ${trouble.kills} kills. ` +
        `Memory of the process that lived on: ${text}.\n`,
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

/** How many logins ended in which way. */
function table(attempts: readonly Attempt[]): string {
  const counts = new Map<string, number>();
  for (const { way, outcome } of attempts) {
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
  const held = Object.values(wrong).every((items) => items.length === 0);
  console.log(held ? '\nAll held.' : '\nNot all held.');
  return held;
}

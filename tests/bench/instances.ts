import { startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type DatabaseConnection, type StrapiUnderTest, startStrapi } from '../support/strapi';
import { fillUsers } from './many-users';
import { type Work, compare, print } from './pairs';
import { withProcessorTime } from './processor';
import { call, closeConnections } from './requests';

/** The exports of `tests/support/databases/keep.mjs`. */
interface Servers {
  readonly keep: (name: 'postgres') => { url: Promise<string> };
  readonly stop: (keeper: { url: Promise<string> }) => Promise<void>;
}

const PROCESSES = 4;
const SAMPLE_USERS = 1000;

/** Logins with one, two and four Strapis on one PostgreSQL. */
export async function run({ keep, stop }: Servers): Promise<void> {
  const keeper = keep('postgres');
  const strapis: StrapiUnderTest[] = [];
  const pool = await startPool();
  try {
    const database = parseConnection(await keeper.url);
    while (strapis.length < PROCESSES) strapis.push(await startStrapi({ database }));
    const site = new Site(pool, strapis[0]!);
    await connectPool(site);
    await site.strapi.setGrant({ jwksurl: pool.jwksUrl });
    const sampleUsers = await fillUsers(site, SAMPLE_USERS, SAMPLE_USERS);
    const tokens = sampleUsers.map(({ claims }) => pool.sign({ claims }));

    const on = (count: number): Work => {
      const used = strapis.slice(0, count);
      let turn = 0;
      return withProcessorTime(used, () => {
        const { url } = used[turn % count]!;
        const id_token = tokens[turn % tokens.length]!;
        turn += 1;
        return call({ url: `${url}/api/auth/cognito/callback`, body: { id_token } });
      });
    };
    const rates = await compare(
      { 'one Strapi': on(1), two: on(2), four: on(4) },
      { concurrency: 16 },
    );
    print('Returning logins on one PostgreSQL', rates);
  } finally {
    closeConnections();
    await Promise.all(strapis.map((strapi) => strapi.stop()));
    await pool.stop();
    await stop(keeper);
  }
}

function parseConnection(text: string): DatabaseConnection {
  const { hostname: host, port, username: user, pathname } = new URL(text);
  const connection = { host, port: Number(port), user, database: pathname.slice(1) };
  return { client: 'postgres', connection, pool: { min: 0, max: 10 } };
}

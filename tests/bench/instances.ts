import { startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type DatabaseConnection, type StrapiUnderTest, startStrapi } from '../support/strapi';
import { fillUsers } from './many-users';
import { type Work, compare, print } from './pairs';
import { measured } from './processor';
import { call, hangUp } from './requests';

/** What `tests/support/databases/keep.mjs` has. */
interface Servers {
  readonly keep: (name: 'postgres') => { url: Promise<string> };
  readonly stop: (keeper: { url: Promise<string> }) => Promise<void>;
}

const PROCESSES = 4;
const MEMBERS = 1000;

/** Logins as Strapis are added to one PostgreSQL. */
export async function run({ keep, stop }: Servers): Promise<void> {
  const keeper = keep('postgres');
  const strapis: StrapiUnderTest[] = [];
  const pool = await startPool();
  try {
    const database = connectionOf(await keeper.url);
    while (strapis.length < PROCESSES) strapis.push(await startStrapi({ database }));
    const site = new Site(pool, strapis[0]!);
    await connectPool(site);
    await site.strapi.setGrant({ jwksurl: pool.jwksUrl });
    const members = await fillUsers(site, MEMBERS, MEMBERS);
    const tokens = members.map(({ claims }) => pool.sign({ claims }));

    const on = (count: number): Work => {
      const used = strapis.slice(0, count);
      let turn = 0;
      return measured(used, () => {
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
    hangUp();
    await Promise.all(strapis.map((strapi) => strapi.stop()));
    await pool.stop();
    await stop(keeper);
  }
}

function connectionOf(text: string): DatabaseConnection {
  const { hostname: host, port, username: user, pathname } = new URL(text);
  const connection = { host, port: Number(port), user, database: pathname.slice(1) };
  return { client: 'postgres', connection, pool: { min: 0, max: 10 } };
}

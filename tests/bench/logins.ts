import { randomUUID } from 'node:crypto';
import { type Claims, type Pool, startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type StrapiOptions, startStrapi } from '../support/strapi';
import { type Member, fillUsers, strangerClaims } from './many-users';
import { type Work, compare, print } from './pairs';
import { measured } from './processor';
import { call, hangUp } from './requests';
import { withStock } from './stock';

const FEW = 100;
const MANY = 200_000;
const MEMBERS = 100;
/** Short rounds, as a busy moment is to hit all alike. */
const MEASURE = { rounds: 21, ms: 200 };

/** One Strapi with its users. */
interface Filled {
  readonly site: Site;
  readonly members: readonly Member[];
}

/** Logins at the exchange endpoint, by how many users there are. */
export async function run(): Promise<void> {
  const pool = await startPool();
  const sites: Site[] = [];
  const filled = async (count: number, options: StrapiOptions): Promise<Filled> => {
    const site = new Site(pool, await startStrapi(options));
    sites.push(site);
    await connectPool(site);
    await site.strapi.setGrant({ jwksurl: pool.jwksUrl });
    const members = await fillUsers(site, count, MEMBERS);
    return { site, members };
  };
  try {
    const few = await filled(FEW, {});
    const waiting = await filled(FEW, {});
    const many = await filled(MANY, {});
    const builtInFew = await filled(FEW, { plugin: false });
    const builtInMany = await filled(MANY, { plugin: false });
    await waitForDisk(waiting.site);
    print(
      'A returning login',
      await compare(
        {
          '`GET /api/users/me`, 100 users': await me(few),
          'one-time code, 100 users': byCode(few, returning(few)),
          'one-time code, 100 users, a database that waits for the disk': byCode(
            waiting,
            returning(waiting),
          ),
          'id_token, 100 users': byIdToken(few, returning(few)),
          'the built-in provider, id_token, 100 users': byIdToken(
            builtInFew,
            returning(builtInFew),
          ),
          '`GET /api/users/me`, 200,000 users': await me(many),
          'one-time code, 200,000 users': byCode(many, returning(many)),
          'id_token, 200,000 users': byIdToken(many, returning(many)),
          'the built-in provider, id_token, 200,000 users': byIdToken(
            builtInMany,
            returning(builtInMany),
          ),
        },
        MEASURE,
      ),
    );
    print(
      'A first login',
      await compare(
        {
          '`GET /api/users/me`, 100 users': await me(few),
          'one-time code, 100 users': byCode(few, newcomer(pool)),
          'id_token, 100 users': byIdToken(few, newcomer(pool)),
          'the built-in provider, id_token, 100 users': byIdToken(builtInFew, newcomer(pool)),
          'one-time code, 200,000 users': byCode(many, newcomer(pool)),
          'id_token, 200,000 users': byIdToken(many, newcomer(pool)),
          'the built-in provider, id_token, 200,000 users': byIdToken(builtInMany, newcomer(pool)),
        },
        MEASURE,
      ),
    );
  } finally {
    hangUp();
    await Promise.all(sites.map(({ strapi }) => strapi.stop()));
    await pool.stop();
  }
}

/** SQLite's default, which the tests turn off. It has one connection, which stays. */
async function waitForDisk({ strapi }: Site): Promise<void> {
  await strapi.run(({ db }) => db.connection.raw('pragma synchronous = full'));
}

/** The claims of the table's users, in turn. */
function returning({ members }: Filled): () => Claims {
  let turn = 0;
  return () => members[turn++ % members.length]!.claims;
}

/** The claims of a new user each time. */
function newcomer(pool: Pool): () => Claims {
  const claims = pool.idClaims('nia');
  return () => {
    const sub = randomUUID();
    return { ...claims, ...strangerClaims(sub, sub) };
  };
}

async function me({ site, members }: Filled): Promise<Work> {
  const [member] = members;
  const jwt = await site.strapi.run(
    (strapi, id) => strapi.plugin('users-permissions').service('jwt').issue?.({ id }) as string,
    member!.id,
  );
  const headers = { authorization: `Bearer ${jwt}` };
  return measured([site.strapi], () => call({ url: `${site.strapi.url}/api/users/me`, headers }));
}

/** What a front-end asks at the end of a login. The codes are issued before the round. */
function byCode({ site }: Filled, claimsOf: () => Claims): Work {
  const { issuer } = site.pool;
  const make = (count: number) =>
    site.strapi.run(
      async (strapi, handoffs) => {
        const codes = strapi.plugin('cognito').service('one-time-codes');
        const issued: string[] = [];
        for (const handoff of handoffs) issued.push((await codes.issue?.(handoff, 600)) as string);
        return issued;
      },
      Array.from({ length: count }, () => ({ issuer, claims: claimsOf() })),
    );
  const use = (code: string) => call({ url: site.exchangeUrl, body: { access_token: code } });
  return measured([site.strapi], withStock(make, use));
}

/** The same with an id_token, as the front-ends of the built-in provider do. They are signed before the round. */
function byIdToken({ site }: Filled, claimsOf: () => Claims): Work {
  const make = (count: number) =>
    Promise.resolve(Array.from({ length: count }, () => site.pool.sign({ claims: claimsOf() })));
  const use = (token: string) =>
    call({ url: `${site.exchangeUrl}?access_token=unused&id_token=${token}` });
  return measured([site.strapi], withStock(make, use));
}

import { randomUUID } from 'node:crypto';
import { type Claims, type Pool, startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type StrapiOptions, startStrapi } from '../support/strapi';
import { type SampleUser, fillUsers, userClaims } from './many-users';
import { type Work, compare, print } from './pairs';
import { withProcessorTime } from './processor';
import { call, closeConnections } from './requests';
import { withSupply } from './supply';

const FEW = 100;
const MANY = 200_000;
const SAMPLE_USERS = 100;
/** Short rounds, so that a busy moment affects all works equally. */
const MEASURE = { rounds: 21, ms: 200 };

/** One Strapi with its users. */
interface FilledSite {
  readonly site: Site;
  readonly sampleUsers: readonly SampleUser[];
}

/** Logins at the exchange endpoint, by the number of users. */
export async function run(): Promise<void> {
  const pool = await startPool();
  const sites: Site[] = [];
  const startFilled = async (count: number, options: StrapiOptions): Promise<FilledSite> => {
    const site = new Site(pool, await startStrapi(options));
    sites.push(site);
    await connectPool(site);
    await site.strapi.setGrant({ jwksurl: pool.jwksUrl });
    const sampleUsers = await fillUsers(site, count, SAMPLE_USERS);
    return { site, sampleUsers };
  };
  try {
    const few = await startFilled(FEW, {});
    const waiting = await startFilled(FEW, {});
    const many = await startFilled(MANY, {});
    const builtInFew = await startFilled(FEW, { plugin: false });
    const builtInMany = await startFilled(MANY, { plugin: false });
    await waitForDisk(waiting.site);
    print(
      'A returning login',
      await compare(
        {
          '`GET /api/users/me`, 100 users': await readUser(few),
          'one-time code, 100 users': loginByCode(few, returningClaims(few)),
          'one-time code, 100 users, a database that waits for the disk': loginByCode(
            waiting,
            returningClaims(waiting),
          ),
          'id_token, 100 users': loginByIdToken(few, returningClaims(few)),
          'the built-in provider, id_token, 100 users': loginByIdToken(
            builtInFew,
            returningClaims(builtInFew),
          ),
          '`GET /api/users/me`, 200,000 users': await readUser(many),
          'one-time code, 200,000 users': loginByCode(many, returningClaims(many)),
          'id_token, 200,000 users': loginByIdToken(many, returningClaims(many)),
          'the built-in provider, id_token, 200,000 users': loginByIdToken(
            builtInMany,
            returningClaims(builtInMany),
          ),
        },
        MEASURE,
      ),
    );
    print(
      'A first login',
      await compare(
        {
          '`GET /api/users/me`, 100 users': await readUser(few),
          'one-time code, 100 users': loginByCode(few, newUserClaims(pool)),
          'id_token, 100 users': loginByIdToken(few, newUserClaims(pool)),
          'the built-in provider, id_token, 100 users': loginByIdToken(
            builtInFew,
            newUserClaims(pool),
          ),
          'one-time code, 200,000 users': loginByCode(many, newUserClaims(pool)),
          'id_token, 200,000 users': loginByIdToken(many, newUserClaims(pool)),
          'the built-in provider, id_token, 200,000 users': loginByIdToken(
            builtInMany,
            newUserClaims(pool),
          ),
        },
        MEASURE,
      ),
    );
  } finally {
    closeConnections();
    await Promise.all(sites.map(({ strapi }) => strapi.stop()));
    await pool.stop();
  }
}

/** SQLite's default, which the tests turn off. There is only one connection. */
async function waitForDisk({ strapi }: Site): Promise<void> {
  await strapi.run(({ db }) => db.connection.raw('pragma synchronous = full'));
}

/** The claims of the table's users, in turn. */
function returningClaims({ sampleUsers }: FilledSite): () => Claims {
  let turn = 0;
  return () => sampleUsers[turn++ % sampleUsers.length]!.claims;
}

/** The claims of a new user each time. */
function newUserClaims(pool: Pool): () => Claims {
  const claims = pool.idClaims('nia');
  return () => {
    const sub = randomUUID();
    return { ...claims, ...userClaims(sub, sub) };
  };
}

async function readUser({ site, sampleUsers }: FilledSite): Promise<Work> {
  const [user] = sampleUsers;
  const jwt = await site.strapi.run(
    (strapi, id) => strapi.plugin('users-permissions').service('jwt').issue?.({ id }) as string,
    user!.id,
  );
  const headers = { authorization: `Bearer ${jwt}` };
  return withProcessorTime([site.strapi], () =>
    call({ url: `${site.strapi.url}/api/users/me`, headers }),
  );
}

/** The exchange of a one-time code. The codes are issued before the round. */
function loginByCode({ site }: FilledSite, getClaims: () => Claims): Work {
  const { issuer } = site.pool;
  const create = (count: number) =>
    site.strapi.run(
      async (strapi, handoffs) => {
        const codes = strapi.plugin('cognito').service('one-time-codes');
        const issued: string[] = [];
        for (const handoff of handoffs) issued.push((await codes.issue?.(handoff, 600)) as string);
        return issued;
      },
      Array.from({ length: count }, () => ({ issuer, claims: getClaims() })),
    );
  const use = (code: string) => call({ url: site.exchangeUrl, body: { access_token: code } });
  return withProcessorTime([site.strapi], withSupply(create, use));
}

/** The same with id_tokens, as for the built-in provider. They are signed before the round. */
function loginByIdToken({ site }: FilledSite, getClaims: () => Claims): Work {
  const create = (count: number) =>
    Promise.resolve(Array.from({ length: count }, () => site.pool.sign({ claims: getClaims() })));
  const use = (token: string) =>
    call({ url: `${site.exchangeUrl}?access_token=unused&id_token=${token}` });
  return withProcessorTime([site.strapi], withSupply(create, use));
}

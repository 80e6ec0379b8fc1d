import type { LoginRecord, Page } from '../../server/admin-contract';
import { callAdmin } from '../support/admin';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import { type Site, startSite } from '../support/site';
import {
  exchangeIdToken,
  updateUser,
  issueJwt,
  link,
  addPoolUser,
  createUser,
  setHooks,
  HOOKED_USERS,
} from '../support/users';

const USER = 'plugin::users-permissions.user';

let site: Site;
let token: string;

beforeAll(async () => {
  site = await startSite({ cognito: `{ users: ${HOOKED_USERS} }` });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  token = await site.strapi.admin();
});

beforeEach(() => site.clearUsers());

async function list(query = ''): Promise<Page<LoginRecord>> {
  const { status, body } = await callAdmin<Page<LoginRecord>>(
    site,
    token,
    'GET',
    `/logins${query}`,
  );
  expect(status).toBe(200);
  return body;
}

/** Step, outcome and user of each, the oldest first. */
const recorded = async () =>
  (await list('?pageSize=100')).results
    .map(({ step, outcome, user }) => [step, outcome, user])
    .reverse();

const member = async (name = addPoolUser(site)) => ({
  name,
  id: expectLoggedIn(await exchangeIdToken(site, name)).user.id,
});

test('a login by browser is two records, the second with its user', async () => {
  const before = Date.now();
  const { body } = await site.loginAs('ann');
  const id = body.user!.id;
  expect(await recorded()).toEqual([
    ['callback', 'ok', null],
    ['exchange', 'ok', id],
  ]);
  const { results, pagination } = await list(`?user=${id}`);
  expect(pagination.total).toBe(1);
  expect(Object.keys(results[0]!).sort()).toEqual(['at', 'id', 'outcome', 'step', 'user']);
  const at = Date.parse(results[0]!.at);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test('they are written without being asked for', async () => {
  const { id } = await member();
  const end = Date.now() + 10_000;
  let rows: Record<string, unknown>[] = [];
  while (rows.length === 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    rows = await site.rows('login-record', ['account']);
  }
  expect(rows).toMatchObject([{ account: { id }, step: 'exchange', outcome: 'ok' }]);
});

describe('a failure', () => {
  test('of the start and the end of a login has its code', async () => {
    await new Browser().get(`${site.connectUrl}?callback=https://evil.example/`);
    await new Browser().get(`${site.connectUrl}/callback?code=x&state=y`);
    await new Browser().get(`${site.connectUrl}/callback?error=access_denied`);
    await new Browser().get(`${site.connectUrl}/callback?error=${'x'.repeat(50)}`);
    expect(await recorded()).toEqual([
      ['connect', 'invalid_request', null],
      ['callback', 'invalid_request', null],
      ['callback', 'access_denied', null],
      ['callback', 'server_error', null],
    ]);
  });

  test('that the address only says there was has none: anybody could write it', async () => {
    expectRefusal(await site.exchange({ error: 'user_blocked' }), 'user_blocked');
    expectRefusal(await site.exchange({ error: 'no such thing' }), 'cognito_refused');
    expect(await recorded()).toEqual([]);
  });

  test('of somebody unknown has no user', async () => {
    await site.exchange({ access_token: 'x'.repeat(43) });
    await exchangeIdToken(site, addPoolUser(site), { email_verified: false });
    expect(await recorded()).toEqual([
      ['exchange', 'login_expired', null],
      ['exchange', 'email_not_verified', null],
    ]);
  });

  test('of a user who is blocked is theirs', async () => {
    const { name, id } = await member();
    await updateUser(site, id, { blocked: true });
    expectRefusal(await exchangeIdToken(site, name), 'user_blocked');
    expect((await recorded()).at(-1)).toEqual(['exchange', 'user_blocked', id]);
  });

  test('of a user who lost the group, or whose role is gone, is theirs', async () => {
    const { name, id } = await member();
    await withConfig(site, { users: { requiredGroups: ['staff'] } }, async () => {
      expectRefusal(await exchangeIdToken(site, name), 'group_required');
      expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'group_required');
    });
    site.pool.user(name).groups = ['staff'];
    await withConfig(site, { users: { roles: { staff: 'ghost' } } }, async () => {
      expectRefusal(await exchangeIdToken(site, name), 'not_configured');
    });
    expect((await recorded()).slice(1)).toEqual([
      ['exchange', 'group_required', id],
      ['exchange', 'group_required', null],
      ['exchange', 'not_configured', id],
    ]);
  });

  test('for an email that is taken is that of the user who has it', async () => {
    const local = await createUser(site, { email: 'shared@example.org' });
    expectRefusal(
      await exchangeIdToken(site, addPoolUser(site), { email: local.email }),
      'email_taken',
    );
    const { id } = await member(addPoolUser(site, { attributes: { email: 'own@example.org' } }));
    expectRefusal(
      await exchangeIdToken(site, addPoolUser(site), { email: 'own@example.org' }),
      'email_taken',
    );
    expect(await recorded()).toEqual([
      ['exchange', 'email_taken', local.id],
      ['exchange', 'ok', id],
      ['exchange', 'email_taken', id],
    ]);
  });

  test('to link, and a link, are of the user who asked', async () => {
    const { name } = await member();
    const user = await createUser(site);
    const jwt = await issueJwt(site, user);
    const tokenOf = (person: string) => ({
      id_token: site.pool.sign({ claims: site.pool.idClaims(person) }),
    });
    expectRefusal(await link(site, jwt, tokenOf(name)), 'identity_taken');
    expect((await link(site, jwt, tokenOf(addPoolUser(site)))).status).toBe(200);
    expect((await recorded()).slice(1)).toEqual([
      ['link', 'identity_taken', user.id],
      ['link', 'ok', user.id],
    ]);
  });

  test.each([
    ['of a hook of the site is registration_refused', USER, 'registration_refused', 400],
    ['that nobody foresaw is a server error', 'plugin::cognito.lease', 'server_error', 500],
  ])('%s', async (_, model, code, status) => {
    await setHooks(site, { mapProfile: () => ({}) });
    await site.strapi.run((strapi, failing: string) => {
      const { lifecycles } = strapi.db as unknown as {
        lifecycles: { subscribe(subscriber: object): () => void };
      };
      let left = failing.includes('lease') ? 100 : 1;
      const restore = lifecycles.subscribe({
        models: [failing],
        ...Object.fromEntries(
          ['beforeCreate', 'beforeCreateMany'].map((moment) => [
            moment,
            () => {
              left -= 1;
              if (left <= 0) restore();
              throw new Error('out of luck');
            },
          ]),
        ),
      });
      Object.assign(globalThis, { restore });
    }, model);
    const answer = await exchangeIdToken(site, addPoolUser(site));
    await site.strapi.run(() => (globalThis as { restore?: () => void }).restore?.());
    expect([answer.status, answer.body.error?.details.code]).toEqual([status, code]);
    expect(await recorded()).toEqual([['exchange', code, null]]);
  });
});

test('no record holds anything of the person', async () => {
  const { body } = await site.loginAs('ann');
  const { sub } = site.pool.idClaims('ann');
  await list();
  const rows = JSON.stringify(await site.rows('login-record'));
  expect(rows).toContain('exchange');
  for (const trace of ['ann', String(sub), 'example.com', '127.0.0.1', body.jwt!]) {
    expect(rows).not.toContain(trace);
  }
});

describe('the table', () => {
  const addMany = (records: [step: string, outcome: string, user?: number][], times: number) =>
    site.strapi.run(
      async (strapi, arg) => {
        const service = strapi.plugin('cognito').service('login-records');
        for (let time = 0; time < arg.times; time += 1) {
          for (const record of arg.records) service.add?.(...record);
          // No more at once than are taken of one user.
          if (time % 10 === 9) await service.flush?.();
        }
        await service.flush?.();
      },
      { records, times },
    );

  test('keeps fifty of a user, and two hundred without one', async () => {
    const [quiet, busy] = [await createUser(site), await createUser(site)];
    await addMany([['exchange', 'ok', quiet.id]], 1);
    await addMany([['exchange', 'ok', busy.id]], 200);
    await addMany([['callback', 'invalid_request']], 400);
    const rows = await site.rows('login-record', ['account']);
    const of = (user: { id: number } | null) =>
      rows.filter(({ account }) => (account as { id: number } | null)?.id === user?.id).length;
    expect(of(busy)).toBeGreaterThanOrEqual(50);
    expect(of(busy)).toBeLessThan(60);
    // Another user's flood does not push theirs away.
    expect(of(quiet)).toBe(1);
    expect(of(null)).toBeGreaterThanOrEqual(200);
    expect(of(null)).toBeLessThan(300);
    const [last] = (await list(`?user=${busy.id}`)).results;
    expect(last!.id).toBe(
      Math.max(...rows.filter(({ account }) => account).map(({ id }) => id as number)),
    );
  });

  test('keeps five thousand of all users', async () => {
    const { id } = await createUser(site);
    await site.strapi.run(async (strapi, user) => {
      const row = { at: 1, account: user, step: 'exchange', outcome: 'ok' };
      const records = strapi.db.query('plugin::cognito.login-record') as unknown as {
        createMany(params: object): Promise<unknown>;
      };
      // Past the bound of one user, as many users would be.
      for (let n = 0; n < 52; n += 1) {
        await records.createMany({ data: Array.from({ length: 100 }, () => row) });
      }
    }, id);
    const others = await createUser(site);
    await addMany([['callback', 'invalid_request']], 100);
    await addMany([['exchange', 'ok', others.id]], 1);
    const count = (await list(`?user=${id}`)).pagination.total;
    expect(count).toBeGreaterThanOrEqual(4_900);
    expect(count).toBeLessThanOrEqual(5_000);
  });

  test('keeps the record of a user who was deleted, without them', async () => {
    const { id } = await createUser(site);
    await addMany([['exchange', 'ok', id]], 1);
    await site.strapi.run(async (strapi, gone) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id: gone } });
    }, id);
    // One that is written afterwards takes no other along.
    await addMany(
      [
        ['exchange', 'ok', id],
        ['exchange', 'group_required'],
      ],
      1,
    );
    expect(await recorded()).toEqual([
      ['exchange', 'ok', null],
      ['exchange', 'ok', null],
      ['exchange', 'group_required', null],
    ]);
  });

  test('keeps what is known of somebody through a flood of failures of nobody', async () => {
    const { id } = await member();
    await addMany([['callback', 'invalid_request']], 1_000);
    expect((await list(`?user=${id}`)).results).toMatchObject([
      { step: 'exchange', outcome: 'ok' },
    ]);
  });

  test('takes of a flood between two writes what it has room for, and says so', async () => {
    await site.strapi.forgetLogs();
    const [quiet, flooding] = [await createUser(site), await createUser(site)];
    await site.strapi.run(
      async (strapi, [one, many]) => {
        const service = strapi.plugin('cognito').service('login-records');
        for (let n = 0; n < 5_000; n += 1) service.add?.('callback', 'invalid_request');
        for (let n = 0; n < 100; n += 1) service.add?.('exchange', 'ok', many);
        service.add?.('exchange', 'ok', one);
        await service.flush?.();
      },
      [quiet.id, flooding.id],
    );
    const totalOf = async (user: { id: number }) =>
      (await list(`?user=${user.id}`)).pagination.total;
    expect(await totalOf(quiet)).toBe(1);
    expect(await totalOf(flooding)).toBe(10);
    expect(await site.rows('login-record')).toHaveLength(111);
    expect((await site.strapi.allLogs()).join('\n')).toMatch(/warn.*logins at once: 4990 not/);
  });
});

test('a database that takes no record fails no login', async () => {
  const refuse = () =>
    site.strapi.run((strapi) => {
      const { lifecycles } = strapi.db as unknown as {
        lifecycles: { subscribe(subscriber: object): () => void };
      };
      const end = lifecycles.subscribe({
        models: ['plugin::cognito.login-record'],
        beforeCreateMany: () => {
          throw new Error('the disk is full');
        },
      });
      Object.assign(globalThis, { end });
    });
  await refuse();
  await site.strapi.forgetLogs();
  const { id } = await member();
  expect((await list()).results).toEqual([]);
  expect((await site.strapi.allLogs()).join('\n')).toMatch(
    /warn.*1 logins are not recorded: Error: the disk is full/,
  );
  await site.strapi.run(() => (globalThis as { end?: () => void }).end?.());
  await exchangeIdToken(site, 'ann');
  expect((await list()).results).toHaveLength(1);
  expect(await list(`?user=${id}`)).toMatchObject({ results: [] });
});

test('what lies in memory is written when Strapi stops', async () => {
  const { id } = await member();
  await site.strapi.restart();
  expect(await site.rows('login-record', ['account'])).toMatchObject([
    { account: { id }, outcome: 'ok' },
  ]);
});

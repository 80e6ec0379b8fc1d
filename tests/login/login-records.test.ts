import { createHash } from 'node:crypto';
import type { LoginRecord, Page } from '../../server/admin-contract';
import { destroy } from '../../server/lifecycle';
import { LoginRecords } from '../../server/login/login-records';
import type { Strapi } from '../../server/strapi';
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

/** Step, outcome and user of each record, oldest first. */
const recorded = async () =>
  (await list('?pageSize=100')).results
    .map(({ step, outcome, user }) => [step, outcome, user?.id ?? null])
    .reverse();

const member = async (name = addPoolUser(site)) => ({
  name,
  id: expectLoggedIn(await exchangeIdToken(site, name)).user.id,
});

test('a login in the browser is one record, with its user and the sub of the Cognito account', async () => {
  const before = Date.now();
  const { body } = await site.loginAs('ann');
  const { id, username, email } = body.user!;
  const { results, pagination } = await list(`?user=${id}`);
  expect(pagination.total).toBe(1);
  expect(await recorded()).toEqual([['exchange', 'ok', id]]);
  expect(results[0]).toEqual({
    id: expect.any(Number) as number,
    at: expect.any(String) as string,
    user: { id, username, email },
    subject: site.pool.idClaims('ann').sub,
    email: null,
    step: 'exchange',
    outcome: 'ok',
  });
  const at = Date.parse(results[0]!.at);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

describe('the steps of a login in the browser', () => {
  /** Logs in up to the front-end, which gets a one-time code. */
  const toFrontEnd = (name = addPoolUser(site)) => site.code(name);

  test('are one record, also if the first is written before the second happens', async () => {
    const code = await toFrontEnd();
    expect(await recorded()).toEqual([['callback', 'ok', null]]);
    await site.strapi.forgetLogs();
    const { id } = expectLoggedIn(await site.exchange({ access_token: code })).user;
    expect(await recorded()).toEqual([['exchange', 'ok', id]]);
    expect(await site.strapi.allLogs()).not.toContainEqual(expect.stringContaining('not recorded'));
  });

  test('are one record also if another instance has written the second before the first', async () => {
    const code = await toFrontEnd();
    const login = createHash('sha256').update(`login record ${code}`).digest('hex').slice(0, 32);
    await site.strapi.run(
      (strapi, data) => strapi.db.query('plugin::cognito.login-record').create({ data }),
      { at: Date.now(), step: 'exchange', outcome: 'ok', login },
    );
    expect(await recorded()).toEqual([['exchange', 'ok', null]]);
  });

  test('leave the record open if the front-end does not send the code', async () => {
    await toFrontEnd();
    expect(await recorded()).toEqual([['callback', 'ok', null]]);
  });

  test('are one failed record with its sub if the second fails', async () => {
    const name = addPoolUser(site, { attributes: { email_verified: false } });
    expectRefusal(
      await site.exchange({ access_token: await toFrontEnd(name) }),
      'email_not_verified',
    );
    const { sub } = site.pool.idClaims(name);
    expect((await list()).results).toMatchObject([
      { step: 'exchange', outcome: 'email_not_verified', user: null, subject: sub },
    ]);
  });

  test('keep their outcome if the code is sent again', async () => {
    const code = await toFrontEnd();
    const { id } = expectLoggedIn(await site.exchange({ access_token: code })).user;
    expectRefusal(await site.exchange({ access_token: code }), 'login_expired');
    expect(await recorded()).toEqual([
      ['exchange', 'ok', id],
      ['exchange', 'login_expired', null],
    ]);
  });
});

describe('a refused user', () => {
  const refuse = async (): Promise<{ sub: string; email: string }> => {
    const email = 'Refused.User@example.org';
    const name = addPoolUser(site, { attributes: { email, email_verified: false } });
    expectRefusal(await exchangeIdToken(site, name), 'email_not_verified');
    return { sub: String(site.pool.idClaims(name).sub), email };
  };
  const logLine = async () =>
    (await site.strapi.allLogs()).find((line) => line.includes('login refused'));

  beforeEach(() => site.strapi.forgetLogs());

  test('can be found by the sub of the Cognito account, in the list and in the log', async () => {
    const { sub, email } = await refuse();
    await exchangeIdToken(site, addPoolUser(site));
    const { results } = await list(`?q=${sub.slice(0, 20)}`);
    expect(results).toMatchObject([{ outcome: 'email_not_verified', subject: sub, email: null }]);
    expect(await logLine()).toContain(`sub "${sub}"`);
    expect((await logLine())!.toLowerCase()).not.toContain(email.toLowerCase());
  });

  test('can only be found by email with loginRecords.keepEmails', async () => {
    await withConfig(site, { loginRecords: { keepEmails: true } }, async () => {
      const { email } = await refuse();
      expect((await list('?q=refused.user@')).results).toMatchObject([{ email }]);
      expect(await logLine()).toContain(`email "${email}"`);
    });
  });
});

describe('the list', () => {
  test('is filtered by what failed, by outcome and by user', async () => {
    const { id, name } = await member();
    await new Browser().get(`${site.connectUrl}/callback?error=access_denied`);
    await new Browser().get(`${site.connectUrl}/callback?code=x&state=y`);
    // A sub that is a random UUID may start with the digits of the user's id.
    const refused = { email_verified: false, sub: 'refused-user' };
    await exchangeIdToken(site, addPoolUser(site), refused);
    const outcomes = async (query: string) =>
      (await list(query)).results.map(({ outcome }) => outcome);
    expect(await outcomes('?failed=true')).toEqual(['email_not_verified', 'invalid_request']);
    expect(await outcomes('?failed=false')).toHaveLength(4);
    expect(await outcomes('?outcome=access_denied')).toEqual(['access_denied']);
    expect(await outcomes(`?q=${name}&failed=true`)).toEqual([]);
    expect(await outcomes(`?q=${name}`)).toEqual(['ok']);
    expect(await outcomes(`?q=${id}`)).toEqual(['ok']);
    for (const query of ['?failed=maybe', '?outcome=a%20b', '?outcome=a&outcome=b']) {
      expect((await callAdmin(site, token, 'GET', `/logins${query}`)).status).toBe(400);
    }
  });

  const csv = async (query: string) => {
    const response = await fetch(`${site.strapi.url}/cognito/logins/csv${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toContain('attachment');
    return (await response.text()).split('\r\n');
  };

  test.each(['added', 'deleted'])(
    'is exported once, if another one is %s meanwhile',
    async (change) => {
      await site.strapi.run(async (strapi, how) => {
        const records = strapi.db.query('plugin::cognito.login-record');
        const base = { step: 'callback', outcome: 'invalid_request' };
        // Many of the same time, as in a flood of failures.
        const data = Array.from({ length: 1_002 }, (_, index) => ({
          ...base,
          at: 1_000 + Math.floor(index / 400),
          subject: String(index),
        }));
        for (let from = 0; from < data.length; from += 100)
          await records.createMany({ data: data.slice(from, from + 100) });
        const { lifecycles } = strapi.db as unknown as {
          lifecycles: { subscribe(subscriber: object): () => void };
        };
        const unsubscribe = lifecycles.subscribe({
          models: ['plugin::cognito.login-record'],
          async afterFindMany() {
            unsubscribe();
            if (how === 'added') await records.createMany({ data: [{ ...base, at: 2_000 }] });
            else await records.deleteMany({ where: { subject: '1001' } });
          },
        });
      }, change);
      const lines = (await csv('')).slice(1, -1);
      const subjects = lines.map((line) => Number(line.split(',')[4]));
      expect(subjects).toEqual(Array.from({ length: 1_002 }, (_, index) => 1_001 - index));
    },
  );

  test('is exported as CSV with the same filters, and no cell is a formula', async () => {
    const user = await createUser(site, { username: '=HYPERLINK("https://evil.example","x");@A1' });
    await site.strapi.run(async (strapi, id) => {
      const service = strapi.plugin('cognito').service('login-records');
      service.add?.('exchange', 'ok', id);
      service.add?.('callback', 'invalid_request');
      await service.flush?.();
    }, user.id);
    const [header, failure, success, end] = await csv('');
    expect(header).toBe('time,user_id,username,email,sub,step,outcome');
    expect(failure).toMatch(/^\d{4}-.*Z,,,,,callback,invalid_request$/);
    expect(success).toContain(`,${user.id},"'=HYPERLINK(""https://evil.example"",""x"");'@A1",`);
    expect(end).toBe('');
    expect(await csv('?failed=true')).toHaveLength(3);
  });
});

test('records are deleted after loginRecords.keepDays', async () => {
  const { id } = await member();
  const day = 86_400_000;
  await site.strapi.run(
    async (strapi, rows: object[]) => {
      const records = strapi.db.query('plugin::cognito.login-record');
      await records.createMany({ data: rows });
    },
    [91, 89].map((days) => ({
      at: Date.now() - days * day,
      account: id,
      step: 'exchange',
      outcome: `after_${days === 91 ? 'ninety_one' : 'eighty_nine'}`,
    })),
  );
  const outcomes = async () => (await recorded()).map(([, outcome]) => outcome);
  expect(await outcomes()).toContain('after_ninety_one');
  // Old records are deleted at startup and every hour.
  await site.strapi.restart();
  token = await site.strapi.admin();
  expect((await outcomes()).sort()).toEqual(['after_eighty_nine', 'ok']);
});

test('they are written by a timer', async () => {
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
  test('at the start or the end of a login has its code', async () => {
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

  test('that is only in the URL has no record, because anyone could write it', async () => {
    expectRefusal(await site.exchange({ error: 'user_blocked' }), 'user_blocked');
    expectRefusal(await site.exchange({ error: 'no such thing' }), 'cognito_refused');
    expect(await recorded()).toEqual([]);
  });

  test('of an unknown user has no user', async () => {
    await site.exchange({ access_token: 'x'.repeat(43) });
    await exchangeIdToken(site, addPoolUser(site), { email_verified: false });
    expect(await recorded()).toEqual([
      ['exchange', 'login_expired', null],
      ['exchange', 'email_not_verified', null],
    ]);
  });

  test('of a blocked user has that user', async () => {
    const { name, id } = await member();
    await updateUser(site, id, { blocked: true });
    expectRefusal(await exchangeIdToken(site, name), 'user_blocked');
    expect((await recorded()).at(-1)).toEqual(['exchange', 'user_blocked', id]);
  });

  test('of a user without the required group or role has that user', async () => {
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

  test('of a user who is adopted, and not confirmed, has that user', async () => {
    await site.strapi.advanced({ email_confirmation: true });
    try {
      const { id, email } = await createUser(site, { provider: 'cognito', confirmed: false });
      const name = addPoolUser(site, { attributes: { email } });
      expectRefusal(await exchangeIdToken(site, name), 'email_not_verified');
      expect(await recorded()).toEqual([['exchange', 'email_not_verified', id]]);
    } finally {
      await site.strapi.advanced({ email_confirmation: false });
    }
  });

  test('for an email that is taken has the user with that email', async () => {
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

  test('to link has the logged-in user, as a link does', async () => {
    const { name } = await member();
    const user = await createUser(site);
    const jwt = await issueJwt(site, user);
    const createToken = (poolUser: string) => ({
      id_token: site.pool.sign({ claims: site.pool.idClaims(poolUser) }),
    });
    expectRefusal(await link(site, jwt, createToken(name)), 'identity_taken');
    expect((await link(site, jwt, createToken(addPoolUser(site)))).status).toBe(200);
    expect((await recorded()).slice(1)).toEqual([
      ['link', 'identity_taken', user.id],
      ['link', 'ok', user.id],
    ]);
  });

  test.each([
    ['of a hook of the site is registration_refused', USER, 'registration_refused', 400],
    ['that is unexpected is a server error', 'plugin::cognito.lease', 'server_error', 500],
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

test('no record has a name, an email, an IP address or a token', async () => {
  const { body } = await site.loginAs('ann');
  await list();
  const rows = JSON.stringify(await site.rows('login-record'));
  expect(rows).toContain('exchange');
  for (const trace of ['ann', 'example.com', '127.0.0.1', body.jwt!]) {
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
          // At most as many at once as are kept for one user.
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
    // Another user's flood does not displace these.
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
      const records = strapi.db.query('plugin::cognito.login-record');
      // More than the limit of one user, as for many users.
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

  test('keeps the record of a deleted user, without the user', async () => {
    const { id } = await createUser(site);
    await addMany([['exchange', 'ok', id]], 1);
    await site.strapi.run(async (strapi, gone) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id: gone } });
    }, id);
    // A later record deletes no other.
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

  test('keeps the records of users during a flood of failures without a user', async () => {
    const { id } = await member();
    await addMany([['callback', 'invalid_request']], 1_000);
    expect((await list(`?user=${id}`)).results).toMatchObject([
      { step: 'exchange', outcome: 'ok' },
    ]);
  });

  test('keeps only a part of a flood between two writes, and logs that', async () => {
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
    const countRecords = async (user: { id: number }) =>
      (await list(`?user=${user.id}`)).pagination.total;
    expect(await countRecords(quiet)).toBe(1);
    expect(await countRecords(flooding)).toBe(10);
    expect(await site.rows('login-record')).toHaveLength(111);
    expect((await site.strapi.allLogs()).join('\n')).toMatch(/warn.*logins at once: 4990 not/);
  });
});

test('a database that rejects a record fails no login', async () => {
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
    /warn.*could not record 1 logins: Error: the disk is full/,
  );
  await site.strapi.run(() => (globalThis as { end?: () => void }).end?.());
  await exchangeIdToken(site, 'ann');
  expect((await list()).results).toHaveLength(1);
  expect(await list(`?user=${id}`)).toMatchObject({ results: [] });
});

test('what is in memory is written when Strapi stops', async () => {
  const { id } = await member();
  await site.strapi.restart();
  expect(await site.rows('login-record', ['account'])).toMatchObject([
    { account: { id }, outcome: 'ok' },
  ]);
});

test('a command of Strapi that ends before the database is opened logs nothing', async () => {
  const lines: unknown[] = [];
  const log = {
    warn: (line: unknown) => lines.push(line),
    error: (line: unknown) => lines.push(line),
  };
  const config = { get: () => ({}) };
  const strapi = { log, config, plugin: () => ({ service: () => records }) } as unknown as Strapi;
  const records: LoginRecords = new LoginRecords(strapi);
  await destroy({ strapi });
  expect(lines).toEqual([]);
});

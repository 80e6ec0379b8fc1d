import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { BACKGROUND_QUERY } from '../support/queries';
import { type Answer, type Site, redirectParameters, startSite } from '../support/site';
import { addPoolUser, identityOwners } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.loginAs('nia');
  await watchStatements();
});

beforeEach(() => site.clearUsers());

/** How a statement fails. */
type Failure =
  /** The database rejects it: its disk is full, or it lost a deadlock. */
  | 'refused'
  /** The connection breaks before it runs. */
  | 'broken'
  /** It runs, and the connection breaks before the result arrives. */
  | 'answer lost';

const WORDS = 'words of the database';

/** Wraps the function through which Knex sends every statement, also those of transactions. */
function watchStatements(): Promise<void> {
  return site.strapi.run(
    (strapi, { words, byTimer }) => {
      interface Connection {
        close?: () => void;
        destroy?: () => void;
        connection?: { stream: { destroy(): void } };
        __knex__disposed?: unknown;
      }
      type Query = (connection: Connection, statement: { sql: string }) => Promise<unknown>;
      const { client } = strapi.db.connection as unknown as { client: object };
      const prototype = Object.getPrototypeOf(client) as { _query: Query };
      const query = prototype._query;
      const state = { seen: [] as string[], at: -1, failure: '' };
      Object.assign(globalThis, { statements: state });

      const drop = (connection: Connection) => {
        if (connection.close) connection.close();
        else if (connection.connection) connection.connection.stream.destroy();
        else connection.destroy?.();
        connection.__knex__disposed = new Error(words);
      };
      const timers = new RegExp(byTimer);
      prototype._query = async function (connection, statement) {
        if (timers.test(statement.sql)) return query.call(this, connection, statement);
        state.seen.push(statement.sql);
        if (state.seen.length - 1 !== state.at) return query.call(this, connection, statement);
        if (state.failure === 'answer lost') await query.call(this, connection, statement);
        // A database that refuses to commit has rolled back.
        else if (statement.sql.startsWith('COMMIT'))
          await query.call(this, connection, { sql: 'ROLLBACK' });
        if (state.failure !== 'refused') drop(connection);
        // An error of SQLite, and PostgreSQL's error for a lost connection.
        if (state.failure === 'refused')
          throw Object.assign(new Error(words), { code: 'SQLITE_FULL' });
        throw new Error(`Connection terminated: ${words}`);
      };
    },
    { words: WORDS, byTimer: BACKGROUND_QUERY.source },
  );
}

/** Runs `work` while the statement with this number fails. Returns the statements. */
async function failing<T>(
  at: number,
  failure: Failure,
  work: () => Promise<T>,
): Promise<{ result: T; statements: string[] }> {
  const set = (arg: { at: number; failure: string }) =>
    site.strapi.run((_strapi, change) => {
      const state = (globalThis as unknown as { statements: { seen: string[] } }).statements;
      const { seen } = state;
      Object.assign(state, { seen: [], ...change });
      return seen;
    }, arg);
  await set({ at, failure });
  const result = await work();
  return { result, statements: await set({ at: -1, failure: '' }) };
}

async function expectNoPartialUsers(): Promise<void> {
  const users = await site.strapi.users();
  // Each user has an identity and a role, and each identity has a user.
  expect([...(await identityOwners(site))].sort()).toEqual(users.map(({ id }) => id).sort());
  expect(users.filter(({ role }) => !role)).toEqual([]);
}

/**
 * A failed statement on leases is repeated or left to their expiry. Strapi starts a transaction for relations even if
 * none changes.
 */
const NO_EFFECT = /cognito_leases|^BEGIN|^COMMIT/;

function expectNoDetails({ status, body }: Answer): void {
  expect(status).toBe(500);
  expect(body.error).toMatchObject({ status: 500, message: expect.stringMatching(/\w/) as string });
  // Errors of Strapi itself have no code.
  const { code } = body.error?.details ?? {};
  expect(['server_error', undefined]).toContain(code);
  expect(JSON.stringify(body)).not.toMatch(/words of|SQLITE|terminated|insert|select|cognito_/i);
}

const failures: Failure[] = ['refused', 'broken', 'answer lost'];

describe.each(failures)('the database fails during a login (%s)', (failure) => {
  /**
   * Lets each statement fail in turn, up to the last one. The first is Strapi's query for the permissions of visitors;
   * if it fails, Strapi assumes none.
   */
  async function failAtEachStatement(
    turn: (at: number) => Promise<{ statements: string[] }>,
  ): Promise<string[]> {
    let longest: string[] = [];
    for (let at = 1; at < 100; at += 1) {
      const { statements } = await turn(at);
      if (statements.length > longest.length) longest = statements;
      await expectNoPartialUsers();
      if (statements.length <= at) return longest;
    }
    throw new Error('The number of statements has no limit.');
  }

  test('at the callback: the front-end gets an error without details, and the next login works', async () => {
    const statements = await failAtEachStatement(async (at) => {
      const name = addPoolUser(site);
      const browser = new Browser();
      const back = await site.signIn(name, browser);
      const outcome = await failing(at, failure, () => browser.get(back));
      const parameters = redirectParameters(outcome.result);
      const failed = outcome.statements[at];
      // Strapi 5 writes the code in a transaction, and does not notice that the commit fails.
      if (failed !== undefined && !failed.startsWith('COMMIT')) {
        expect(parameters.get('error')).toBe('server_error');
        expect(parameters.toString()).not.toMatch(/words|SQLITE|terminated|insert/);
        expect(parameters.has('access_token')).toBe(false);
      } else {
        expect(parameters.has('access_token')).toBe(true);
      }
      expectLoggedIn(await site.loginAs(name));
      return outcome;
    });
    expect(statements.join('\n')).toMatch(/insert into .cognito_one_time_codes/);
  });

  test('at the callback without a login: an error page with the status of the refusal', async () => {
    const back = await site.signIn('nia');
    await failAtEachStatement(async (at) => {
      await site.strapi.run((strapi) =>
        strapi.plugin('cognito').service('settings').invalidate?.(),
      );
      const outcome = await failing(at, failure, () => new Browser().get(back));
      const { status, body } = outcome.result;
      if (outcome.statements.length > at) {
        expect([status, body]).toEqual([400, expect.stringMatching(/^Login failed\. /)]);
        expect(body).not.toMatch(/words|SQLITE|terminated|select/);
      } else {
        expect(redirectParameters(outcome.result).get('error')).toBe('invalid_request');
      }
      return outcome;
    });
  });

  test('at the first exchange: a 500 without details; the code stays valid, and its next use leaves no partial user', async () => {
    const lost: string[] = [];
    const statements = await failAtEachStatement(async (at) => {
      const code = await site.code(addPoolUser(site));
      const outcome = await failing(at, failure, () => site.exchange({ access_token: code }));
      const failed = outcome.statements[at];
      if (failed?.startsWith('COMMIT')) {
        // Strapi does not notice and continues: the user has no role, as with the built-in provider.
        if (outcome.result.status === 200) expectLoggedIn(outcome.result);
        else expectRefusal(outcome.result, 'role_missing');
        await site.clearUsers();
        return outcome;
      }
      if (failed === undefined || (outcome.result.status === 200 && NO_EFFECT.test(failed))) {
        expectLoggedIn(outcome.result);
        return outcome;
      }
      expectNoDetails(outcome.result);
      // The next login finds what was started and completes it.
      expect((await site.strapi.users()).filter(({ role }) => !role)).toEqual([]);
      const again = await site.exchange({ access_token: code });
      if (again.status === 200) expectLoggedIn(again);
      else lost.push(outcome.statements[at] ?? '');
      return outcome;
    });
    expect(statements.join('\n')).toMatch(/insert into .up_users/);
    expect(statements.join('\n')).toMatch(/insert into .cognito_identities/);
    // Only if it was deleted and the result of that statement was lost.
    const delete_ = expect.stringMatching(/^delete from .cognito_one_time_codes/) as string;
    expect(lost).toEqual(failure === 'answer lost' ? [delete_] : []);
  });

  test('at a later exchange: a 500 without details, and the user is unchanged', async () => {
    const name = addPoolUser(site);
    const { user } = expectLoggedIn(await site.loginAs(name));
    await failAtEachStatement(async (at) => {
      // The email has changed, so that the login has something to write.
      site.pool.user(name).attributes.email = `${name}.${String(at)}@example.com`;
      const code = await site.code(name);
      const outcome = await failing(at, failure, () => site.exchange({ access_token: code }));
      const failed = outcome.statements[at];
      if (failed !== undefined && !(outcome.result.status === 200 && NO_EFFECT.test(failed))) {
        expectNoDetails(outcome.result);
      }
      expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(user.id);
      return outcome;
    });
  });
});

test('none of these errors was left unhandled', async () => {
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain(WORDS);
  expect(logs).not.toMatch(/unhandled|MaxListeners/i);
});

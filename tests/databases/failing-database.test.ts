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

/** What happens at a statement, counted from the moment that it is asked for. */
type Failure =
  /** The database refuses it: its disk is full, or it lost a deadlock. */
  | 'refused'
  /** The connection breaks before it is done. */
  | 'broken'
  /** It is done, and the connection breaks before the answer is there. */
  | 'answer lost';

const WORDS = 'words of the database';

/** Wraps what Knex sends every statement of a request by, those of transactions too. */
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
        // As SQLite refuses, and as PostgreSQL says that a connection is gone.
        if (state.failure === 'refused')
          throw Object.assign(new Error(words), { code: 'SQLITE_FULL' });
        throw new Error(`Connection terminated: ${words}`);
      };
    },
    { words: WORDS, byTimer: BACKGROUND_QUERY.source },
  );
}

/** Does something in which the statement of this number fails: the statements that there were. */
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

async function expectNothingHalfMade(): Promise<void> {
  const users = await site.strapi.users();
  // Each user has an identity, each identity a user, and the user its role.
  expect([...(await identityOwners(site))].sort()).toEqual(users.map(({ id }) => id).sort());
  expect(users.filter(({ role }) => !role)).toEqual([]);
}

/**
 * A statement on leases that fails is made again, or left to their expiry. Strapi begins a transaction
 * for relations even where none changes.
 */
const CHANGES_NOTHING = /cognito_leases|^BEGIN|^COMMIT/;

function expectUnnamed({ status, body }: Answer): void {
  expect(status).toBe(500);
  expect(body.error).toMatchObject({ status: 500, message: expect.stringMatching(/\w/) as string });
  // Strapi's own errors have no code.
  const { code } = body.error?.details ?? {};
  expect(['server_error', undefined]).toContain(code);
  expect(JSON.stringify(body)).not.toMatch(/words of|SQLITE|terminated|insert|select|cognito_/i);
}

const failures: Failure[] = ['refused', 'broken', 'answer lost'];

describe.each(failures)('the database fails in the middle of a login (%s)', (failure) => {
  /**
   * Fails at each statement in turn, until a number is beyond the last one. The first is Strapi's,
   * which looks up what visitors may do, and takes it for nothing where that fails.
   */
  async function atEachStatement(
    turn: (at: number) => Promise<{ statements: string[] }>,
  ): Promise<string[]> {
    let longest: string[] = [];
    for (let at = 1; at < 100; at += 1) {
      const { statements } = await turn(at);
      if (statements.length > longest.length) longest = statements;
      await expectNothingHalfMade();
      if (statements.length <= at) return longest;
    }
    throw new Error('There is no end of statements.');
  }

  test('at the callback: an error for the front-end that names nothing, and the next login works', async () => {
    const statements = await atEachStatement(async (at) => {
      const name = addPoolUser(site);
      const browser = new Browser();
      const back = await site.signIn(name, browser);
      const outcome = await failing(at, failure, () => browser.get(back));
      const parameters = redirectParameters(outcome.result);
      if (outcome.statements.length > at) {
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

  test('at the first exchange: a 500 that names nothing, the code is not lost, and nothing half made after its next use', async () => {
    const lost: string[] = [];
    const statements = await atEachStatement(async (at) => {
      const code = await site.code(addPoolUser(site));
      const outcome = await failing(at, failure, () => site.exchange({ access_token: code }));
      const failed = outcome.statements[at];
      if (failed?.startsWith('COMMIT')) {
        // Knex does not tell Strapi, which goes on: the user has no role, as with the built-in provider.
        if (outcome.result.status === 200) expectLoggedIn(outcome.result);
        else expectRefusal(outcome.result, 'role_missing');
        await site.clearUsers();
        return outcome;
      }
      if (failed === undefined || (outcome.result.status === 200 && CHANGES_NOTHING.test(failed))) {
        expectLoggedIn(outcome.result);
        return outcome;
      }
      expectUnnamed(outcome.result);
      // What was begun is found by the next login, and finished: see atEachStatement.
      expect((await site.strapi.users()).filter(({ role }) => !role)).toEqual([]);
      const again = await site.exchange({ access_token: code });
      if (again.status === 200) expectLoggedIn(again);
      else lost.push(outcome.statements[at] ?? '');
      return outcome;
    });
    expect(statements.join('\n')).toMatch(/insert into .up_users/);
    expect(statements.join('\n')).toMatch(/insert into .cognito_identities/);
    // Only where it is used up, and the answer that it is was lost.
    const delete_ = expect.stringMatching(/^delete from .cognito_one_time_codes/) as string;
    expect(lost).toEqual(failure === 'answer lost' ? [delete_] : []);
  });

  test('at a later exchange: a 500 that names nothing, and the user is as before', async () => {
    const name = addPoolUser(site);
    const { user } = expectLoggedIn(await site.loginAs(name));
    await atEachStatement(async (at) => {
      // Something to write: the email has changed.
      site.pool.user(name).attributes.email = `${name}.${String(at)}@example.com`;
      const code = await site.code(name);
      const outcome = await failing(at, failure, () => site.exchange({ access_token: code }));
      const failed = outcome.statements[at];
      if (
        failed !== undefined &&
        !(outcome.result.status === 200 && CHANGES_NOTHING.test(failed))
      ) {
        expectUnnamed(outcome.result);
      }
      expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(user.id);
      return outcome;
    });
  });
});

test('no failure of those was left unhandled', async () => {
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain(WORDS);
  expect(logs).not.toMatch(/unhandled|MaxListeners/i);
});

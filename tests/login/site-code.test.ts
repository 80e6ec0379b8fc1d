import { CognitoError } from '../../server/protocol/errors';
import { runSiteCode } from '../../server/site-code';

/** The error that results from a throw in a call that may run code of the site. */
async function thrownBy(error: unknown): Promise<unknown> {
  try {
    await runSiteCode(() => Promise.reject(error as Error));
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

const make = (message: string, properties: object = {}) =>
  Object.assign(new Error(message), properties);

/** Errors of the drivers, with the SQL that Knex adds in front. */
const INSERT = "insert into `up_users` (`email`) values ('ann@example.com')";
const SELECT = 'select "t0".* from "up_users" as "t0" where "t0"."email" = \'ann@example.com\'';

test.each<[string, Error]>([
  ['SQLite', make(`${INSERT} - database is locked`, { code: 'SQLITE_BUSY' })],
  ['PostgreSQL', make(`${SELECT} - no`, { code: '23505', severity: 'ERROR' })],
  [
    'MariaDB',
    make(`${INSERT} - no`, { code: 'ER_DUP_ENTRY', sqlState: '23000', sqlMessage: 'no' }),
  ],
  ['a connection that PostgreSQL lost', make(`${SELECT} - Connection terminated unexpectedly`)],
  ['a connection that was lost', make(`${SELECT} - read ECONNRESET`, { code: 'ECONNRESET' })],
  ['a transaction that was lost', make('BEGIN; - read ECONNRESET', { code: 'ECONNRESET' })],
  ['a commit', make('COMMIT; - read ECONNRESET', { code: 'ECONNRESET' })],
  ['a transaction that never started', make('Transaction query already complete, run with …')],
  ['a savepoint', make('SAVEPOINT trx2; - gone')],
  ['a pool that is full', make('Knex: Timeout acquiring a connection.')],
])('an error of the database (%s) is not changed, and its text is not shown', async (_, error) => {
  expect(await thrownBy(error)).toBe(error);
});

test.each([
  'Only for staff',
  'Begin here, please - then log in',
  'Select a team - then log in',
  'Update "your profile" first',
  'connect ECONNREFUSED 127.0.0.1:25',
])('an error of a hook (%s) is registration_refused, with its message', async (message) => {
  const thrown = (await thrownBy(make(message))) as CognitoError;
  expect(thrown).toBeInstanceOf(CognitoError);
  expect(thrown).toMatchObject({
    code: 'registration_refused',
    status: 400,
    message,
    name: 'ApplicationError',
  });
});

test('an error of the plugin, and a value that is not an error, are not changed', async () => {
  const error = new CognitoError('user_blocked', 'a reason');
  expect(await thrownBy(error)).toBe(error);
  expect(await thrownBy('text')).toBe('text');
});

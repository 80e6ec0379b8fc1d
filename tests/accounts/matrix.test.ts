import { identityDigest } from '../../server/accounts/identities';
import { type Site, startSite } from '../support/site';

/**
 * Who gets which account. A row is a person and the user who has the same email; a column is a way
 * of setting the site up: `users.linking`, then `allow_register` (R) and `unique_email` (U) on or
 * off. Strapi's email confirmation is on.
 *
 * own: the user whose the identity is.  new: a new user.  adopt, link: the user with the same email.
 * taken: 409 email_taken.  closed: 403 registration_disabled.  unproven: 403 email_not_verified.
 */
const MATRIX = `
                                        | never                       | explicit                    | verified-email
identity | same email        | verified | RU     R-     -U     --     | RU     R-     -U     --     | RU     R-     -U     --
known    | nobody            | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | nobody            | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | local             | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | local             | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | local unconfirmed | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | local unconfirmed | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | cognito           | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | cognito           | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | cognito, known    | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | cognito, known    | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | google            | yes      | own    own    own    own    | own    own    own    own    | own    own    own    own
known    | google            | no       | own    own    own    own    | own    own    own    own    | own    own    own    own
unknown  | nobody            | yes      | new    new    closed closed | new    new    closed closed | new    new    closed closed
unknown  | nobody            | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
unknown  | local             | yes      | taken  taken  taken  taken  | taken  taken  taken  taken  | link   link   link   link
unknown  | local             | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
unknown  | local unconfirmed | yes      | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
unknown  | local unconfirmed | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
unknown  | cognito           | yes      | adopt  adopt  adopt  adopt  | adopt  adopt  adopt  adopt  | adopt  adopt  adopt  adopt
unknown  | cognito           | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
unknown  | cognito, known    | yes      | taken  new    taken  closed | taken  new    taken  closed | taken  new    taken  closed
unknown  | cognito, known    | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
unknown  | google            | yes      | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
unknown  | google            | no       | unproven unproven unproven unproven | unproven unproven unproven unproven | unproven unproven unproven unproven
`;

/**
 * The same where users.requireVerifiedEmail and Strapi's email confirmation are off: an unproven email opens nothing
 * that is there. With email confirmation on, the new user is refused until they are confirmed.
 */
const UNPROVEN_ALLOWED = `
                                        | never                       | explicit                    | verified-email
identity | same email        | verified | RU     R-     -U     --     | RU     R-     -U     --     | RU     R-     -U     --
unknown  | nobody            | no       | new    new    closed closed | new    new    closed closed | new    new    closed closed
unknown  | local             | no       | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
unknown  | local unconfirmed | no       | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
unknown  | cognito           | no       | taken  new    taken  closed | taken  new    taken  closed | taken  new    taken  closed
unknown  | cognito, known    | no       | taken  new    taken  closed | taken  new    taken  closed | taken  new    taken  closed
unknown  | google            | no       | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
`;

/** The same where Strapi's email confirmation is off: \`confirmed\` then proves nothing. */
const NO_CONFIRMATION = `
                                        | never                       | explicit                    | verified-email
identity | same email        | verified | RU     R-     -U     --     | RU     R-     -U     --     | RU     R-     -U     --
unknown  | local             | yes      | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
unknown  | google            | yes      | taken  taken  taken  taken  | taken  taken  taken  taken  | taken  taken  taken  taken
`;

interface Cell {
  identity: string;
  sameEmail: string;
  verified: boolean;
  linking: string;
  allowRegister: boolean;
  uniqueEmail: boolean;
  expected: string;
}

function cellsOf(matrix: string): Cell[] {
  const split = (line: string) => line.split('|').map((part) => part.trim());
  const [linkings = [], switches = [], ...rows] = matrix.trim().split('\n').map(split);
  const columns = linkings.slice(-3).flatMap((linking, group) => {
    const onOff = (switches[group + 3] ?? '').split(/\s+/);
    return onOff.map((letters) => ({
      linking,
      allowRegister: letters.startsWith('R'),
      uniqueEmail: letters.endsWith('U'),
    }));
  });
  return rows.flatMap(([identity = '', sameEmail = '', verified, ...groups]) => {
    const outcomes = groups.flatMap((group) => group.split(/\s+/));
    return columns.map((column, index) => ({
      identity,
      sameEmail,
      verified: verified === 'yes',
      ...column,
      expected: outcomes[index] ?? 'a cell is missing',
    }));
  });
}

const ERRORS: Record<string, string> = {
  email_taken: 'taken',
  registration_disabled: 'closed',
  email_not_verified: 'unproven',
};

/** How a row stands in the table; users who are known and unconfirmed are in tests/sites/dead-jwt.test.ts. */
const NAMESAKES: Record<string, { provider: string; confirmed: boolean } | undefined> = {
  nobody: undefined,
  local: { provider: 'local', confirmed: true },
  'local unconfirmed': { provider: 'local', confirmed: false },
  cognito: { provider: 'cognito', confirmed: true },
  'cognito, known': { provider: 'cognito', confirmed: true },
  google: { provider: 'google', confirmed: true },
};

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

function identityOf(subject: string) {
  const { issuer } = site.pool;
  return { issuer, subject, digest: identityDigest({ issuer, subject }) };
}

/** Sets the site up for a cell, and fills its tables: the ids of the users who are there. */
async function arrange(cell: Cell, requireVerifiedEmail: boolean, emailConfirmation: boolean) {
  return site.strapi.run(
    async (strapi, arg) => {
      const users = strapi.db.query('plugin::users-permissions.user');
      const identities = strapi.db.query('plugin::cognito.identity');
      await identities.deleteMany({});
      await users.deleteMany({});
      strapi.config.set('plugin.cognito.users', arg.users);
      const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: 'advanced' });
      await store.set({ value: { ...((await store.get()) as object), ...arg.advanced } });

      const identify = (identity: object, user: unknown) =>
        identities.create({ data: { ...identity, user } });
      const roles = strapi.db.query('plugin::users-permissions.role');
      const role = (await roles.findOne({ where: { type: 'authenticated' } }))?.id;
      const ids: { own?: unknown; namesake?: unknown } = {};
      if (arg.identity === 'known') {
        const own = { username: 'own', email: 'before@example.com', provider: 'cognito' };
        ids.own = (await users.create({ data: { ...own, confirmed: true, role } })).id;
        await identify(arg.own, ids.own);
      }
      if (arg.namesake) {
        const data = { username: 'namesake', email: arg.email, role, ...arg.namesake };
        ids.namesake = (await users.create({ data })).id;
        if (arg.sameEmail === 'cognito, known') await identify(arg.other, ids.namesake);
      }
      return ids;
    },
    {
      identity: cell.identity,
      sameEmail: cell.sameEmail,
      namesake: NAMESAKES[cell.sameEmail],
      own: identityOf(site.pool.user('nia').sub),
      other: identityOf('somebody else'),
      email: 'nia@example.com',
      users: { linking: cell.linking, requireVerifiedEmail },
      advanced: {
        allow_register: cell.allowRegister,
        unique_email: cell.uniqueEmail,
        email_confirmation: emailConfirmation,
      },
    },
  );
}

async function outcomeOf(cell: Cell, requireVerifiedEmail: boolean, emailConfirmation: boolean) {
  const before = await arrange(cell, requireVerifiedEmail, emailConfirmation);
  const claims = {
    ...site.pool.idClaims('nia'),
    email: 'nia@example.com',
    email_verified: cell.verified,
  };
  const { body } = await site.exchangeByPost({ id_token: site.pool.sign({ claims }) });
  if (!body.user) return ERRORS[body.error?.details.code ?? ''] ?? JSON.stringify(body);
  if (body.user.id === before.own) return 'own';
  if (body.user.id !== before.namesake) return 'new';
  return body.user.provider === 'cognito' ? 'adopt' : 'link';
}

describe.each([
  ['by default', MATRIX, true, true],
  ['with unverified emails allowed', UNPROVEN_ALLOWED, false, false],
  ['without email confirmation', NO_CONFIRMATION, true, false],
])('%s', (_, matrix, requireVerifiedEmail, emailConfirmation) => {
  const cells = cellsOf(matrix);

  test.each(cells)(
    '$identity identity, same email: $sameEmail, verified: $verified | $linking, register: $allowRegister, unique: $uniqueEmail → $expected',
    async (cell) => {
      const outcome = await outcomeOf(cell, requireVerifiedEmail, emailConfirmation);
      expect(outcome).toBe(cell.expected);
    },
  );
});

test('the matrix has every cell', () => {
  expect(cellsOf(MATRIX)).toHaveLength(2 * 6 * 2 * 3 * 2 * 2);
});

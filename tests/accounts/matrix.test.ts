import { identityDigest } from '../../server/accounts/verified-identity';
import { type Site, startSite } from '../support/site';

/**
 * Who gets which account. A row is an identity and the user with the same email; a column is a configuration of the
 * site: `users.linking`, then `allow_register` (R) and `unique_email` (U) on or
 * off. Strapi's email confirmation is on.
 *
 * own: the user of the identity.  new: a new user.  adopt, link: the user with the same email.
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
 * The same with users.requireVerifiedEmail and Strapi's email confirmation off: an unverified email gives no access to
 * an existing user. With email confirmation on, the new user is refused until they are confirmed.
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

/** The same with Strapi's email confirmation off: \`confirmed\` then proves nothing. */
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

function parseCells(matrix: string): Cell[] {
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

/** The identities of the rows; tests/sites/working-jwt.test.ts has known users who are not confirmed. */
const EMAIL_MATCHES: Record<string, { provider: string; confirmed: boolean } | undefined> = {
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

function toIdentity(subject: string) {
  const { issuer } = site.pool;
  return { issuer, subject, digest: identityDigest({ issuer, subject }) };
}

/** Configures the site for a cell, and fills its tables. Returns the ids of the users. */
async function setUp(cell: Cell, requireVerifiedEmail: boolean, emailConfirmation: boolean) {
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
      const ids: { own?: unknown; emailMatch?: unknown } = {};
      if (arg.identity === 'known') {
        const own = { username: 'own', email: 'before@example.com', provider: 'cognito' };
        ids.own = (await users.create({ data: { ...own, confirmed: true, role } })).id;
        await identify(arg.own, ids.own);
      }
      if (arg.emailMatch) {
        const data = { username: 'namesake', email: arg.email, role, ...arg.emailMatch };
        ids.emailMatch = (await users.create({ data })).id;
        if (arg.sameEmail === 'cognito, known') await identify(arg.other, ids.emailMatch);
      }
      return ids;
    },
    {
      identity: cell.identity,
      sameEmail: cell.sameEmail,
      emailMatch: EMAIL_MATCHES[cell.sameEmail],
      own: toIdentity(site.pool.user('nia').sub),
      other: toIdentity('somebody else'),
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

async function getOutcome(cell: Cell, requireVerifiedEmail: boolean, emailConfirmation: boolean) {
  const before = await setUp(cell, requireVerifiedEmail, emailConfirmation);
  const claims = {
    ...site.pool.idClaims('nia'),
    email: 'nia@example.com',
    email_verified: cell.verified,
  };
  const { body } = await site.exchangeByPost({ id_token: site.pool.sign({ claims }) });
  if (!body.user) return ERRORS[body.error?.details.code ?? ''] ?? JSON.stringify(body);
  if (body.user.id === before.own) return 'own';
  if (body.user.id !== before.emailMatch) return 'new';
  return body.user.provider === 'cognito' ? 'adopt' : 'link';
}

describe.each([
  ['by default', MATRIX, true, true],
  ['with unverified emails allowed', UNPROVEN_ALLOWED, false, false],
  ['without email confirmation', NO_CONFIRMATION, true, false],
])('%s', (_, matrix, requireVerifiedEmail, emailConfirmation) => {
  const cells = parseCells(matrix);

  test.each(cells)(
    '$identity identity, same email: $sameEmail, verified: $verified | $linking, register: $allowRegister, unique: $uniqueEmail → $expected',
    async (cell) => {
      const outcome = await getOutcome(cell, requireVerifiedEmail, emailConfirmation);
      expect(outcome).toBe(cell.expected);
    },
  );
});

test('the matrix has every cell', () => {
  expect(parseCells(MATRIX)).toHaveLength(2 * 6 * 2 * 3 * 2 * 2);
});

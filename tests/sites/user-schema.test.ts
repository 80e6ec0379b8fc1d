/*
 * The user content type of a site: with missing, changed and additional fields. Strapi starts, and a login returns a
 * JWT that works.
 */
import { expectLoggedIn } from '../support/assertions';
import type { Site } from '../support/site';
import {
  OWN_CODE,
  PROVIDERS,
  type Provider,
  uniqueName,
  findLogLines,
  logIn,
  setCode,
  startWithKeys,
} from '../support/site-code';
import { builtInNeedsMore, strapiMajor, usersPermissionsSchema } from '../support/strapi';
import { addPoolUser } from '../support/users';

interface Schema {
  collectionName: string;
  options: Record<string, unknown>;
  attributes: Record<string, Record<string, unknown>>;
}

/** The schema of users-permissions, changed. */
function userSchema(change: (schema: Schema) => void): Schema {
  const schema = usersPermissionsSchema('user');
  change(schema);
  return schema;
}

const SCHEMA = 'src/extensions/users-permissions/content-types/user/schema.json';

/** A role relation of another shape. */
const role = (relation: Record<string, unknown>) => (schema: Schema) => {
  schema.attributes.role = {
    type: 'relation',
    target: 'plugin::users-permissions.role',
    ...relation,
  };
};

const without =
  (...fields: string[]) =>
  (schema: Schema) => {
    schema.attributes = Object.fromEntries(
      Object.entries(schema.attributes).filter(([name]) => !fields.includes(name)),
    );
  };

/** The inverse side of the role is then missing, which the schema has to say. */
const roleWithoutUsers = {
  'src/extensions/users-permissions/content-types/role/schema.json': (() => {
    const schema = usersPermissionsSchema('role');
    delete schema.attributes.users;
    return JSON.stringify(schema);
  })(),
};

interface Variant {
  change: (schema: Schema) => void;
  files?: Record<string, string>;
  cognito?: Record<string, unknown>;
}

const boot = (provider: Provider, { change, files, cognito }: Variant) =>
  startWithKeys({
    plugin: provider === 'plugin' ? undefined : false,
    cognito,
    files: { [SCHEMA]: JSON.stringify(userSchema(change)), ...files },
  });

/** Runs `work` with the same app and both providers. */
async function withBoth<T>(
  variant: Variant,
  work: (site: Site, provider: Provider) => Promise<T>,
): Promise<Record<Provider, T>> {
  const results = await Promise.all(
    PROVIDERS.map(async (provider) => {
      const site = await boot(provider, variant);
      try {
        return [provider, await work(site, provider)] as const;
      } finally {
        await site.stop();
      }
    }),
  );
  return Object.fromEntries(results) as Record<Provider, T>;
}

/** Runs `work` with the app and the plugin. */
async function withPlugin(variant: Variant, work: (site: Site) => Promise<void>): Promise<void> {
  const site = await boot('plugin', variant);
  await work(site).finally(() => site.stop());
}

/** The statuses of two logins of one identity, whether the JWTs work, and the number of users. */
async function twoLogins(site: Site, name = addPoolUser(site)) {
  const before = await countUsers(site);
  const logins = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, body } = await logIn(site, name);
    const me = await site.me(body.jwt ?? '');
    logins.push({ login: status, me: me.status, error: body.error?.message });
  }
  return { logins, users: (await countUsers(site)) - before };
}

const countUsers = (site: Site) =>
  site.strapi.run((strapi) => strapi.db.query('plugin::users-permissions.user').count());

const LOGGED_IN = { login: 200, me: 200, error: undefined };

/** One user, who can log in again. */
const BOTH_LOGGED_IN = { logins: [LOGGED_IN, LOGGED_IN], users: 1 };

/** No login, and no user. */
const NEITHER_LOGGED_IN = { logins: [{ login: 400 }, { login: 400 }], users: 0 };

/** Warnings and errors of the plugin that name a field. */
const linesAbout = (site: Site, field: string) =>
  findLogLines(site, new RegExp(`(warn|error).*\\[cognito\\].*\\b${field}\\b`));

describe('what does not matter to the built-in provider does not matter to the plugin', () => {
  test('other types, another table, draft and publish, no password', async () => {
    const change = (schema: Schema) => {
      without('password', 'resetPasswordToken', 'confirmationToken')(schema);
      schema.collectionName = 'members';
      schema.options.draftAndPublish = true;
      schema.attributes.username = { type: 'text' };
      schema.attributes.email = { type: 'string', unique: true, required: true };
    };
    const { plugin, 'built-in': builtIn } = await withBoth({ change }, async (site) => ({
      ...(await twoLogins(site)),
      warnings: await linesAbout(site, 'draftAndPublish'),
    }));
    expect(builtIn).toEqual({ ...BOTH_LOGGED_IN, warnings: [] });
    // Strapi 5 replaces the row of a user who is published, and the user has another id.
    const warnings = strapiMajor === 5 ? [expect.stringContaining('another id')] : [];
    expect(plugin).toEqual({ ...BOTH_LOGGED_IN, warnings });
  });

  test.each<[string, Variant]>([
    [
      'a manyToOne without the inverse side, username is missing',
      {
        change: (schema) => {
          without('username')(schema);
          role({ relation: 'manyToOne' })(schema);
        },
        files: roleWithoutUsers,
      },
    ],
    [
      'a manyToOne without a join table',
      { change: role({ relation: 'manyToOne', inversedBy: 'users', useJoinTable: false }) },
    ],
    [
      'a oneToOne without a join table',
      { change: role({ relation: 'oneToOne', useJoinTable: false }), files: roleWithoutUsers },
    ],
  ])('role is %s', async (_, variant) => {
    const roles = async (site: Site) => ({
      first: await twoLogins(site),
      second: await twoLogins(site),
      roles: (await site.strapi.users()).map((user) => user.role?.type),
      lines: await linesAbout(site, 'username'),
    });
    const expected = {
      ...{ first: BOTH_LOGGED_IN, second: BOTH_LOGGED_IN },
      roles: ['authenticated', 'authenticated'],
    };
    const { plugin, 'built-in': builtIn } = await withBoth(variant, roles);
    const hasUsername = 'username' in userSchema(variant.change).attributes;
    expect(builtIn).toMatchObject(
      builtInNeedsMore && !hasUsername
        ? { first: NEITHER_LOGGED_IN, second: NEITHER_LOGGED_IN }
        : expected,
    );
    expect(plugin).toMatchObject(expected);
    expect(plugin.lines).toHaveLength(hasUsername ? 0 : 1);
  });

  test('role is a oneToOne, in a content type that is replaced in code', async () => {
    const schema = userSchema((draft) => {
      role({ relation: 'oneToOne' })(draft);
      draft.attributes.points = { type: 'integer', default: 3 };
    });
    const variant = {
      change: () => undefined,
      cognito: { users: { roles: { editors: 'public' } } },
      files: {
        ...roleWithoutUsers,
        'src/extensions/users-permissions/strapi-server.js': `module.exports = (plugin) => {
          plugin.contentTypes.user = { schema: ${JSON.stringify(schema)} };
          return plugin;
        };`,
      },
    };
    const { plugin, 'built-in': builtIn } = await withBoth(variant, async (site, provider) => {
      const names = [addPoolUser(site), addPoolUser(site), addPoolUser(site)];
      const logins = [];
      for (const name of names) logins.push(await twoLogins(site, name));
      const before = await site.strapi.users();
      if (provider === 'plugin') {
        site.pool.user(names[1]!).groups = ['editors'];
        expectLoggedIn(await logIn(site, names[1]!));
      }
      const after = await site.strapi.users();
      return {
        logins,
        points: after.map(({ points }) => points),
        before: before.map((user) => user.role?.type),
        after: after.map((user) => user.role?.type),
      };
    });
    const expected = {
      logins: [BOTH_LOGGED_IN, BOTH_LOGGED_IN, BOTH_LOGGED_IN],
      points: [3, 3, 3],
      before: ['authenticated', 'authenticated', 'authenticated'],
    };
    expect(builtIn).toMatchObject(expected);
    expect(plugin).toMatchObject(expected);
    expect(plugin.after).toEqual(['authenticated', 'public', 'authenticated']);
  });
});

describe('what the built-in provider requires', () => {
  test('email is missing: it finds no user, the plugin finds them by their identity', async () => {
    const { plugin, 'built-in': builtIn } = await withBoth(
      { change: without('email') },
      async (site) => ({ ...(await twoLogins(site)), lines: await linesAbout(site, 'email') }),
    );
    expect(builtIn.logins.map(({ login }) => login)).toEqual([400, 400]);
    expect(plugin).toMatchObject(BOTH_LOGGED_IN);
    expect(plugin.lines).toHaveLength(1);
  });

  test('provider, confirmed and blocked are missing: it finds no known user, the plugin does', async () => {
    const fields = ['provider', 'confirmed', 'blocked'];
    const { plugin, 'built-in': builtIn } = await withBoth(
      { change: without(...fields) },
      async (site) => {
        const logins = await twoLogins(site);
        const lines = [];
        for (const field of fields) lines.push(await linesAbout(site, field));
        // Users-permissions treats a user without the field as unconfirmed.
        await site.strapi.advanced({ email_confirmation: true });
        const { status, body } = await logIn(site, addPoolUser(site));
        const me = await site.me(body.jwt ?? '');
        const code = body.error?.details.code;
        return { ...logins, lines, unconfirmed: { login: status, me: me.status, code } };
      },
    );
    expect(builtIn.logins[1]).toMatchObject({ login: 400, error: 'Email is already taken.' });
    expect(builtIn.unconfirmed).toEqual({ login: 200, me: 401 });
    expect(plugin).toMatchObject(BOTH_LOGGED_IN);
    plugin.lines.forEach((lines) => expect(lines).toHaveLength(1));
    expect(plugin.unconfirmed).toMatchObject({ login: 403, code: 'email_not_verified' });
  });

  test.each<[string, (schema: Schema) => void, string]>([
    ['missing', without('role'), 'undefined'],
    ['a list', role({ relation: 'manyToMany' }), 'user.role[0]'],
  ])(
    'role is %s: as with the built-in provider, a JWT works if the site assigns a role',
    async (_, change, stored) => {
      const variant = {
        change,
        files: {
          ...roleWithoutUsers,
          ...OWN_CODE,
          'src/extensions/users-permissions/strapi-server.js': `const own = require('../../own');
module.exports = (plugin) => {
  const stock = plugin.services.user;
  plugin.services.user = ({ strapi }) => {
    const service = stock({ strapi });
    return {
      ...service,
      fetchAuthenticatedUser: (id) => (own.code.fetch ?? service.fetchAuthenticatedUser)(id),
    };
  };
  return plugin;
};
`,
        },
      };
      const { plugin, 'built-in': builtIn } = await withBoth(variant, async (site) => {
        const bare = await twoLogins(site);
        const lines = await linesAbout(site, 'role');
        await setCode(site, {
          fetch: `async (id) => {
            const user = await strapi.query('plugin::users-permissions.user').findOne({ where: { id }, populate: ['role'] });
            const role = ${stored} ?? await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
            return user && { ...user, role };
          }`,
        });
        return { bare, lines, given: await twoLogins(site) };
      });
      const dead = { login: 200, me: 401, error: undefined };
      const expected = { bare: { logins: [dead, dead], users: 1 }, given: BOTH_LOGGED_IN };
      expect(builtIn).toMatchObject(expected);
      expect(plugin).toMatchObject(expected);
      expect(plugin.lines).toHaveLength(1);
    },
  );
});

describe('fields of the site', () => {
  const variant: Variant = {
    change: (schema) => {
      Object.assign(schema.attributes, {
        company: { type: 'string', required: true },
        plan: { type: 'enumeration', enum: ['free', 'paid'], default: 'free' },
        points: { type: 'integer', default: 10 },
        salary: { type: 'decimal', private: true },
        nick: { type: 'string', unique: true },
        badge: { type: 'customField', customField: 'global::badge' },
        address: { type: 'component', component: 'user.address' },
        friends: {
          type: 'relation',
          relation: 'manyToMany',
          target: 'plugin::users-permissions.user',
        },
      });
    },
    files: {
      'src/components/user/address.json': JSON.stringify({
        collectionName: 'components_user_addresses',
        info: { displayName: 'address' },
        attributes: { city: { type: 'string' } },
      }),
      'src/index.js': `module.exports = {
        register({ strapi }) { strapi.customFields.register({ name: 'badge', type: 'string' }); },
        bootstrap() {},
      };`,
    },
    cognito: {
      users: {
        attributes: {
          'custom:salary': 'salary',
          'custom:nick': 'nick',
          'custom:badge': 'badge',
          'custom:points': 'points',
        },
      },
    },
  };

  test('have defaults, are filled by claims, stay private and unique; required ones may be empty', async () => {
    const rows = await withBoth(variant, async (site, provider) => {
      expectLoggedIn(await logIn(site, addPoolUser(site)));
      const [row] = await site.strapi.users();
      if (provider === 'plugin') await expectMappedClaims(site);
      return row!;
    });
    for (const provider of PROVIDERS) {
      const { company, plan, points, confirmed, blocked } = rows[provider];
      expect({ company, plan, points, confirmed, blocked }).toEqual({
        company: null,
        plan: 'free',
        points: 10,
        confirmed: true,
        blocked: false,
      });
    }
  });

  async function expectMappedClaims(site: Site): Promise<void> {
    const nick = uniqueName();
    const attributes = {
      ...{ 'custom:salary': '1234.5', 'custom:nick': nick },
      ...{ 'custom:badge': 'gold', 'custom:points': '11' },
    };
    const { user } = expectLoggedIn(await logIn(site, addPoolUser(site, { attributes })));
    expect(user).toMatchObject({ nick, badge: 'gold', points: 11, plan: 'free' });
    expect(user).not.toHaveProperty('salary');
    const row = (await site.strapi.users()).find(({ id }) => id === user.id);
    expect(Number(row?.salary)).toBe(1234.5);

    const second = addPoolUser(site, { attributes: { 'custom:nick': nick } });
    const { id } = expectLoggedIn(await logIn(site, second)).user;
    expect((await site.strapi.users()).find((each) => each.id === id)?.nick).toBeNull();
  }
});

test('a schema that changes with existing users: they are still found', async () => {
  await withPlugin({ change: () => undefined }, async (site) => {
    const name = addPoolUser(site);
    const { id } = expectLoggedIn(await logIn(site, name)).user;
    const change = (schema: Schema) => {
      without('username')(schema);
      schema.attributes.email = { type: 'string', unique: true };
    };
    await site.strapi.restart({ files: { [SCHEMA]: JSON.stringify(userSchema(change)) } });
    const { user, jwt } = expectLoggedIn(await logIn(site, name));
    expect(user.id).toBe(id);
    expect((await site.me(jwt)).status).toBe(200);
    expectLoggedIn(await logIn(site, addPoolUser(site)));
  });
});

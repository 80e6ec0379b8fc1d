/* Lifecycle hooks of the site on users: their changes are saved, and they delay no other login. */
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import type { Site } from '../support/site';
import {
  HOOK_FILES,
  PROVIDERS,
  findLogLines,
  logIn,
  waitForNotes,
  notes,
  openGate,
  tableRows,
  setCode,
  useBoth,
} from '../support/site-code';
import { type StoredUser, userRoleTable } from '../support/strapi';
import { addPoolUser, createUser, getUser } from '../support/users';

const note = {
  'src/api/note/content-types/note/schema.json': JSON.stringify({
    kind: 'collectionType',
    collectionName: 'notes',
    info: { singularName: 'note', pluralName: 'notes', displayName: 'Note' },
    options: { draftAndPublish: false },
    attributes: {
      text: { type: 'string' },
      owner: {
        type: 'relation',
        relation: 'manyToOne',
        target: 'plugin::users-permissions.user',
      },
    },
  }),
};

const getSite = useBoth({
  cognito: { users: { attributes: { 'custom:staff_number': 'staffNumber' } } },
  files: {
    ...HOOK_FILES,
    ...note,
    ...extendedUser({
      staffNumber: { type: 'string', unique: true },
      points: { type: 'integer', default: 5 },
      title: { type: 'string' },
    }),
  },
});

const getNotes = (site: Site) =>
  site.strapi.run((strapi) => strapi.db.query('api::note.note').findMany({ populate: ['owner'] }));

beforeEach(async () => {
  for (const provider of PROVIDERS) {
    await getSite(provider).strapi.run(async (strapi) => {
      await strapi.db.query('api::note.note').deleteMany({});
    });
  }
});

describe.each(PROVIDERS)('%s: a hook', (provider) => {
  let site: Site;

  beforeEach(() => {
    site = getSite(provider);
  });

  /** Logs in twice. Returns the user's row after the first login. */
  async function twice(name = addPoolUser(site)): Promise<StoredUser> {
    const { user, jwt } = expectLoggedIn(await logIn(site, name));
    expect((await site.me(jwt)).status).toBe(200);
    const row = await getUser(site, user.id);
    expect(expectLoggedIn(await logIn(site, name)).user.id).toBe(user.id);
    expect(await site.strapi.users()).toHaveLength(1);
    return row;
  }

  test.each([
    ['strapi.db.connection', `strapi.db.connection('site_profiles')`],
    ['strapi.db.getConnection', `strapi.db.getConnection('site_profiles')`],
    ['strapi.db.queryBuilder’s own', `strapi.db.getConnection().table('site_profiles')`],
  ])('afterCreate inserts a row that refers to the user, by %s', async (_, table) => {
    await setCode(site, {
      afterCreate: `async ({ result }) => { await ${table}.insert({ owner_id: result.id }); }`,
    });
    const { id } = await twice();
    expect(await tableRows(site, 'site_profiles')).toMatchObject([{ owner_id: id }]);
  });

  test('afterCreate updates a column of the user by knex', async () => {
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        const touched = await strapi.db.connection('up_users').where({ id: result.id }).update({ points: 100 });
        own.notes.push(touched);
      }`,
    });
    expect((await twice()).points).toBe(100);
    expect(await notes(site)).toEqual([1]);
  });

  test('afterCreate works in its own transaction', async () => {
    await setCode(site, {
      afterCreate: `({ result }) => strapi.db.transaction(async ({ trx }) => {
        await strapi.db.connection('site_profiles').transacting(trx).insert({ owner_id: result.id });
        await strapi.entityService.create('api::note.note', { data: { text: 'hello', owner: result.id } });
      })`,
    });
    const { id } = await twice();
    expect(await tableRows(site, 'site_profiles')).toMatchObject([{ owner_id: id }]);
    expect(await getNotes(site)).toMatchObject([{ text: 'hello', owner: { id } }]);
  });

  test('afterCreate creates related rows', async () => {
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        await strapi.entityService.create('api::note.note', { data: { text: 'hello', owner: result.id } });
      }`,
    });
    const { id } = await twice();
    expect(await getNotes(site)).toMatchObject([{ text: 'hello', owner: { id } }]);
  });

  test('afterCreate asks providers-registry for the profile', async () => {
    await setCode(site, {
      afterCreate: `async () => {
        const { query } = strapi.requestContext.get();
        const providers = await strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' }).get();
        const { run } = strapi.plugin('users-permissions').service('providers-registry');
        const request = { provider: 'cognito', query, accessToken: query.access_token, providers, grantResponse: query };
        own.notes.push((await run(request)).email);
      }`,
    });
    const { email } = await twice();
    expect(await notes(site)).toEqual([email]);
  });

  test('afterCreate creates related rows and does not await them', async () => {
    await setCode(site, {
      afterCreate: `({ result }) => {
        ['a', 'b', 'c', 'd'].forEach(async (text) => {
          await strapi.entityService.create('api::note.note', { data: { text, owner: result.id } });
          own.notes.push(text);
        });
      }`,
    });
    const { id } = await twice();
    await waitForNotes(site, 4);
    const rows = await getNotes(site);
    expect(rows.map(({ text }) => text).sort()).toEqual(['a', 'b', 'c', 'd']);
    rows.forEach((row) => expect(row).toMatchObject({ owner: { id } }));
  });

  test('afterCreate changes the user by the entity service, later and not awaited', async () => {
    await setCode(site, {
      afterCreate: `({ result }) => {
        setTimeout(async () => {
          await strapi.entityService.update('plugin::users-permissions.user', result.id, { data: { points: 7 } });
          own.notes.push('done');
        }, 50);
      }`,
    });
    const { user } = expectLoggedIn(await logIn(site, addPoolUser(site)));
    await waitForNotes(site, 1);
    expect((await getUser(site, user.id)).points).toBe(7);
  });

  test('afterCreate changes the user by the entity service, which calls other hooks', async () => {
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        await strapi.entityService.update('plugin::users-permissions.user', result.id, { data: { points: 7 } });
      }`,
      beforeUpdate: `({ params }) => { params.data.title = 'set by beforeUpdate'; }`,
    });
    expect(await twice()).toMatchObject({ points: 7, title: 'set by beforeUpdate' });
  });

  test('beforeCreate sets fields by what it finds by knex', async () => {
    await setCode(site, {
      beforeCreate: `async ({ params }) => {
        await strapi.db.connection('site_profiles').insert({ label: params.data.email });
        const [{ count }] = await strapi.db.connection('site_profiles').where({ label: params.data.email }).count({ count: '*' });
        params.data.points = Number(count);
      }`,
    });
    expect((await twice()).points).toBe(1);
  });

  test('beforeCreate changes username, email and role', async () => {
    const name = addPoolUser(site);
    await setCode(site, {
      beforeCreate: `async ({ params }) => {
        const [role] = await strapi.db.query('plugin::users-permissions.role').findMany({ where: { type: 'public' } });
        params.data.username = 'staff-' + params.data.username;
        params.data.role = role.id;
      }`,
    });
    const { user } = expectLoggedIn(await logIn(site, name));
    expect(await getUser(site, user.id)).toMatchObject({
      username: `staff-${name}`,
      role: { type: 'public' },
    });
  });

  test.each([
    [
      'the entity service',
      `await strapi.entityService.findOne('plugin::users-permissions.user', 'none');`,
    ],
    ['a statement', `await strapi.db.connection.raw('select * from nowhere');`],
    ['an insert', `await strapi.db.connection('site_profiles').insert({ owner_id: 987654 });`],
  ])('catches the error of its own query, by %s', async (_, query) => {
    const catchError = `async () => { try { ${query} own.notes.push('fine'); } catch { own.notes.push('failed'); } }`;
    await setCode(site, { beforeCreate: catchError, afterCreate: catchError });
    await twice();
    expect(await notes(site)).toHaveLength(2);
  });

  test('sees the events and the data of users-permissions', async () => {
    const name = addPoolUser(site);
    const keep = `({ action, params: { data }, result }) => {
      own.notes.push({ action, data, blocked: 'blocked' in data, id: result?.id, email: result?.email });
    }`;
    await setCode(site, {
      ...{ beforeCreate: keep, afterCreate: keep, beforeCreateMany: keep, afterCreateMany: keep },
      ...{ beforeUpdate: keep, beforeUpdateMany: keep },
    });
    const { id, email, role } = await twice(name);
    const data = {
      ...{ username: name, email, provider: 'cognito', confirmed: true, role: role!.id },
    };
    expect(await notes(site)).toEqual([
      { action: 'beforeCreate', data: expect.objectContaining(data) as object, blocked: false },
      {
        ...{ action: 'afterCreate', data: expect.objectContaining(data) as object, blocked: false },
        ...{ id, email },
      },
    ]);
  });

  test('beforeFindMany sees the email that is searched for, which a user has', async () => {
    const name = addPoolUser(site);
    const email = `${name}@example.com`;
    await createUser(site, { email });
    await setCode(site, {
      beforeFindMany: `({ params }) => { own.notes.push(params.where.email); }`,
    });
    expect((await logIn(site, name)).body.error?.message).toMatch(/^Email is already taken\./);
    expect(await notes(site)).toEqual([email]);
  });

  test('beforeFindMany sees no users who only resemble a wanted username (regression)', async () => {
    await createUser(site, { email: 'ab@example.com' });
    await setCode(site, {
      beforeFindMany: `({ params }) => { own.notes.push(Object.keys(params.where)); }`,
    });
    const claims = { preferred_username: 'éé@ééééééé.ééé' };
    expectLoggedIn(await logIn(site, addPoolUser(site), { claims }));
    expect((await notes(site)).flat()).not.toContain('id');
  });

  test('afterCreate adds to the result, and so to the response', async () => {
    await setCode(site, { afterCreate: `({ result }) => { result.isNew = true; }` });
    const name = addPoolUser(site);
    expect(expectLoggedIn(await logIn(site, name)).user).toHaveProperty('isNew', true);
    expect(expectLoggedIn(await logIn(site, name)).user).not.toHaveProperty('isNew');
  });

  test('afterCreate changes and removes fields of the result, and so of the response', async () => {
    await setCode(site, {
      beforeCreate: `({ params }) => { params.data.title = 'Dr'; }`,
      afterCreate: `({ result }) => {
        result.username = result.username.toUpperCase();
        result.points += 1;
        result.title += ' h.c.';
        delete result.email;
      }`,
    });
    const name = addPoolUser(site);
    const { user, jwt } = expectLoggedIn(await logIn(site, name));
    expect(user).toMatchObject({ username: name.toUpperCase(), points: 6, title: 'Dr h.c.' });
    expect(user).not.toHaveProperty('email');
    const saved = { username: name, email: `${name}@example.com`, points: 5, title: 'Dr' };
    expect(expectLoggedIn(await logIn(site, name)).user).toMatchObject(saved);
    expect((await site.me(jwt)).body).toMatchObject(saved);
  });

  test('afterCreate blocks the user in the result: only the first login is refused', async () => {
    await setCode(site, { afterCreate: `({ result }) => { result.blocked = true; }` });
    const name = addPoolUser(site);
    expect((await logIn(site, name)).body.error?.message).toMatch(/blocked by an administrator/);
    expectLoggedIn(await logIn(site, name));
  });

  test('afterFindOne hides the email: a known user logs in, and nothing is written', async () => {
    const name = addPoolUser(site);
    expectLoggedIn(await logIn(site, name));
    await setCode(site, {
      afterFindOne: `({ result }) => { if (result) result.email = '***'; }`,
      beforeUpdate: `() => { own.notes.push('update'); }`,
    });
    expectLoggedIn(await logIn(site, name));
    expect(await notes(site)).toEqual([]);
  });

  test('afterFindMany changes a known user, and so the response', async () => {
    await setCode(site, {
      afterFindMany: `({ result }) => { for (const user of result) user.seen = true; }`,
    });
    const name = addPoolUser(site);
    expect(expectLoggedIn(await logIn(site, name)).user).not.toHaveProperty('seen');
    expect(expectLoggedIn(await logIn(site, name)).user).toHaveProperty('seen', true);
  });

  test.each([
    ['beforeFindMany throws', `beforeFindMany`, `() => { throw new Error('Closed today'); }`],
    [
      'afterFindMany blocks',
      'afterFindMany',
      `({ result }) => { for (const user of result) user.blocked = true; }`,
    ],
  ])('%s: a known user is refused', async (_, hook, code) => {
    const { username } = await twice();
    await setCode(site, { [hook]: code });
    const refused = await logIn(site, username);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body.error?.message).toMatch(/Closed today|blocked by an administrator/);
  });

  test('beforeFindMany searches for another form of the email, which the hooks save', async () => {
    const change = (values: string) => `({ params }) => {
      const values = ${values};
      if (values?.email) values.email = values.email.replace(/\\+[^@]*/, '');
    }`;
    await setCode(site, {
      beforeFindMany: change('params.where'),
      beforeCreate: change('params.data'),
    });
    const old = await createUser(site, { email: 'dana@example.com', provider: 'cognito' });
    const known = addPoolUser(site, { attributes: { email: 'dana+shop@example.com' } });
    const unknown = addPoolUser(site, { attributes: { email: 'eve+shop@example.com' } });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(expectLoggedIn(await logIn(site, known)).user.id).toBe(old.id);
      expectLoggedIn(await logIn(site, unknown));
    }
    const emails = (await site.strapi.users()).map(({ email }) => email);
    expect(emails).toEqual(['dana@example.com', 'eve@example.com']);
  });

  test('on counting that throws does not matter', async () => {
    await setCode(site, { beforeCount: `() => { throw new Error('no counting'); }` });
    await twice();
  });

  test('finds the row and the role of the user by knex in afterCreate', async () => {
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        const [user] = await strapi.db.connection('up_users').where({ id: result.id }).select('email');
        const [link] = await strapi.db.connection('${userRoleTable}').where({ user_id: result.id }).select('role_id');
        own.notes.push({ email: user?.email, role: link?.role_id });
      }`,
    });
    const { email, role } = await twice();
    expect(await notes(site)).toEqual([{ email, role: role!.id }]);
  });

  test('reads the request: its query and its headers', async () => {
    await setCode(site, {
      beforeCreate: `({ params }) => {
        const { query, request } = strapi.requestContext.get();
        params.data.title = query.ref;
        own.notes.push(request.header.host);
      }`,
    });
    const { user } = expectLoggedIn(
      await logIn(site, addPoolUser(site), { query: { ref: 'partner' } }),
    );
    expect((await getUser(site, user.id)).title).toBe('partner');
    expect(await notes(site)).toEqual([new URL(site.strapi.url).host]);
  });

  test.each(['beforeCreate', 'afterCreate'])(
    'that is slow (%s) delays its own login and no other',
    async (moment) => {
      const slow = addPoolUser(site);
      await setCode(site, {
        [moment]: `({ params }) => {
          if (params.data.email !== '${slow}@example.com') return undefined;
          own.notes.push('held');
          return new Promise((resolve) => { own.open = resolve; });
        }`,
      });
      let ended = false;
      const held = logIn(site, slow).finally(() => (ended = true));
      await waitForNotes(site, 1);

      const names = Array.from({ length: 10 }, () => addPoolUser(site));
      const others = await Promise.all(names.map((name) => logIn(site, name)));
      others.forEach(expectLoggedIn);
      for (const name of names) expectLoggedIn(await logIn(site, name));
      const [first] = others.map(expectLoggedIn);
      expect((await site.me(first!.jwt)).status).toBe(200);
      expect(ended).toBe(false);

      await openGate(site);
      expectLoggedIn(await held);
      expect(await site.strapi.users()).toHaveLength(11);
    },
  );

  test('that takes three seconds is awaited', async () => {
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        await strapi.db.connection('site_profiles').insert({ owner_id: result.id });
      }`,
    });
    const { id } = await twice();
    expect(await tableRows(site, 'site_profiles')).toMatchObject([{ owner_id: id }]);
  });

  test('beforeDelete and afterDelete are called when the user is deleted', async () => {
    const { id } = await twice();
    await setCode(site, {
      beforeDelete: `async ({ params }) => {
        await strapi.db.connection('site_profiles').insert({ label: 'gone ' + params.where.id });
      }`,
      afterDelete: `({ result }) => { own.notes.push(result.id); }`,
    });
    await site.strapi.run(async (strapi, user) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id: user } });
    }, id);
    expect(await notes(site)).toEqual([id]);
    expect(await tableRows(site, 'site_profiles')).toMatchObject([{ label: `gone ${String(id)}` }]);
  });

  test('that changes nothing leaves nothing in the log', async () => {
    await setCode(site, { beforeCreate: '() => undefined', afterCreate: '() => undefined' });
    await twice();
    expect(await findLogLines(site, /\b(warn|error)\b/)).toEqual([]);
  });
});

/* The built-in provider does not change a user after the first login. */
describe('a hook on updates, at a login that updates the user', () => {
  const site = () => getSite('plugin');

  /** A user whose number in Cognito has changed since the last login. */
  async function renumbered(): Promise<{ name: string; id: number; number: string }> {
    const name = addPoolUser(site(), {
      attributes: { 'custom:staff_number': `one-${Date.now()}` },
    });
    site().pool.user(name).attributes['custom:staff_number'] = `one of ${name}`;
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    const number = `two of ${name}`;
    site().pool.user(name).attributes['custom:staff_number'] = number;
    return { name, id, number };
  }

  const touch = `async ({ result, params }) => {
    if (params.data.points === undefined) {
      await strapi.db.connection('up_users').where({ id: result.id }).update({ points: 3 });
    }
  }`;

  test('changes a column of the same user by knex', async () => {
    const { name, id, number } = await renumbered();
    await setCode(site(), { afterUpdate: touch });
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toMatchObject({ points: 3, staffNumber: number });
  });

  test('changes a column of the same user before the update, by knex', async () => {
    const { name, id, number } = await renumbered();
    await setCode(site(), {
      beforeUpdate: `async ({ params }) => {
        await strapi.db.connection('up_users').where({ id: params.where.id }).update({ points: 3 });
      }`,
    });
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toMatchObject({ points: 3, staffNumber: number });
  });

  test('changes the same user by the entity service', async () => {
    const { name, id, number } = await renumbered();
    await setCode(site(), {
      afterUpdate: `async ({ result, params }) => {
        if (params.data.points === undefined) {
          await strapi.entityService.update('plugin::users-permissions.user', result.id, { data: { points: 4 } });
        }
      }`,
    });
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toMatchObject({ points: 4, staffNumber: number });
  });

  test('at twenty logins at once changes twenty users', async () => {
    const all = [];
    for (let turn = 0; turn < 20; turn += 1) all.push(await renumbered());
    await setCode(site(), { afterUpdate: touch });
    const answers = await Promise.all(all.map(({ name }) => logIn(site(), name)));
    answers.forEach(expectLoggedIn);
    for (const { id, number } of all) {
      expect(await getUser(site(), id)).toMatchObject({ points: 3, staffNumber: number });
    }
  });

  test('is called with the id of the user and the changed fields, once', async () => {
    const { name, id, number } = await renumbered();
    const keep = `({ action, params }) => { own.notes.push({ action, where: params.where, data: params.data }); }`;
    await setCode(site(), { beforeUpdate: keep, afterUpdate: keep, beforeUpdateMany: keep });
    expectLoggedIn(await logIn(site(), name));
    expectLoggedIn(await logIn(site(), name));
    const data = { staffNumber: number, updatedAt: expect.anything() as unknown };
    const event = { where: { id }, data };
    expect(await notes(site())).toEqual(
      ['beforeUpdate', 'afterUpdate'].map((action) => ({ action, ...event })),
    );
  });

  test('that is slow delays no other login', async () => {
    const { name, id } = await renumbered();
    const others = [await renumbered(), await renumbered()];
    await setCode(site(), {
      afterUpdate: `({ result }) => {
        if (result.id !== ${String(id)}) return undefined;
        own.notes.push('held');
        return new Promise((resolve) => { own.open = resolve; });
      }`,
    });
    let ended = false;
    const held = logIn(site(), name).finally(() => (ended = true));
    await waitForNotes(site(), 1);
    for (const other of others) expectLoggedIn(await logIn(site(), other.name));
    expectLoggedIn(await logIn(site(), addPoolUser(site())));
    expect(ended).toBe(false);
    await openGate(site());
    expectLoggedIn(await held);
  });

  test('that changes the user is visible in the response', async () => {
    const { name } = await renumbered();
    await setCode(site(), { afterUpdate: touch });
    const { jwt, user } = expectLoggedIn(await logIn(site(), name));
    expect(user).toMatchObject({ points: 3 });
    expect(user).toEqual((await site().me(jwt)).body);
  });
});

test('what afterCreate changes in the user is visible in the response, as in /users/me', async () => {
  const site = getSite('plugin');
  await setCode(site, {
    afterCreate: `async ({ result }) => {
      await strapi.db.connection('up_users').where({ id: result.id }).update({ points: 100, title: 'Dr' });
    }`,
  });
  const { jwt, user } = expectLoggedIn(await logIn(site, addPoolUser(site)));
  expect(user).toMatchObject({ points: 100, title: 'Dr' });
  expect(user).toEqual((await site.me(jwt)).body);
});

'use strict';

const NOTES = [
  {
    title: 'You are through',
    text: 'This note comes from Strapi, and only to people who are logged in.',
  },
  {
    title: 'Who asked?',
    text: 'The JWT that came with this request says which Strapi user you are.',
  },
  {
    title: 'Your turn',
    text: 'Add a note in the Content Manager, and it appears here.',
  },
];

/** What people who are logged in may do, whatever their role. */
const ACTIONS = [
  'api::note.note.find',
  'api::note.note.findOne',
  'plugin::users-permissions.user.me',
  'plugin::users-permissions.role.find',
];

/** The role that people of the group `editors` get: see demo/main.ts. */
const EDITOR = { type: 'editor', name: 'Editor', description: 'Members of the group editors.' };

/** Somebody whom an administrator has blocked; the built-in provider has left them so. */
const BLOCKED = {
  username: 'max',
  email: 'max@example.com',
  provider: 'cognito',
  confirmed: true,
  blocked: true,
};

async function addNotes(strapi) {
  if ((await strapi.db.query('api::note.note').count()) > 0) return;
  for (const data of NOTES) await strapi.db.query('api::note.note').create({ data });
}

async function addRoles(strapi) {
  const roles = strapi.db.query('plugin::users-permissions.role');
  const authenticated = await roles.findOne({ where: { type: 'authenticated' } });
  const editor =
    (await roles.findOne({ where: { type: EDITOR.type } })) ??
    (await roles.create({ data: EDITOR }));
  for (const role of [authenticated, editor]) await allow(strapi, role);
}

async function allow(strapi, { id: role }) {
  const permissions = strapi.db.query('plugin::users-permissions.permission');
  for (const action of ACTIONS) {
    const known = await permissions.findOne({ where: { action, role } });
    if (!known) await permissions.create({ data: { action, role } });
  }
}

async function addBlocked(strapi) {
  const users = strapi.db.query('plugin::users-permissions.user');
  // Unblocked or deleted in the admin panel, they stay so.
  const store = strapi.store({ type: 'core', name: 'demo', key: 'blocked-user' });
  if (await store.get({})) return;
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });
  await users.create({ data: { ...BLOCKED, role: role.id } });
  await store.set({ value: true });
}

module.exports = { addNotes, addRoles, addBlocked };

'use strict';

const NOTES = [
  {
    title: 'You are logged in',
    text: 'This note comes from Strapi, which only sends it to users who are logged in.',
  },
  {
    title: 'Who are you?',
    text: 'The JWT of this request identifies you as a Strapi user.',
  },
  {
    title: 'Your turn',
    text: 'Add a note in the Content Manager, and it will appear here.',
  },
];

/** What users who are logged in may do, whatever their role. */
const ACTIONS = [
  'api::note.note.find',
  'api::note.note.findOne',
  'plugin::users-permissions.user.me',
  'plugin::users-permissions.role.find',
];

/** The role of users in the group `editors`: see demo/main.ts. */
const EDITOR = { type: 'editor', name: 'Editor', description: 'Users in the group editors.' };

/** A user whom an administrator has blocked, as the built-in provider would leave them. */
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
  // A user who was unblocked or deleted in the admin panel stays so.
  const store = strapi.store({ type: 'core', name: 'demo', key: 'blocked-user' });
  if (await store.get({})) return;
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });
  await users.create({ data: { ...BLOCKED, role: role.id } });
  await store.set({ value: true });
}

module.exports = { addNotes, addRoles, addBlocked };

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

const ACTIONS = ['api::note.note.find', 'api::note.note.findOne'];

async function addNotes(strapi) {
  if ((await strapi.query('api::note.note').count()) > 0) return;
  for (const data of NOTES) await strapi.entityService.create('api::note.note', { data });
}

async function allowNotes(strapi) {
  const permissions = strapi.query('plugin::users-permissions.permission');
  const role = await strapi
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'authenticated' } });

  for (const action of ACTIONS) {
    const known = await permissions.findOne({ where: { action, role: role.id } });
    if (!known) await permissions.create({ data: { action, role: role.id } });
  }
}

module.exports = { addNotes, allowNotes };

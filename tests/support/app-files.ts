import { usersPermissionsSchema } from './strapi';

const core = (kind: string) =>
  `module.exports = require('@strapi/strapi').factories.createCore${kind}('api::note.note');\n`;

/** A content type of the app, as Strapi's generator writes it. */
export const notesApi: Readonly<Record<string, string>> = {
  'src/api/note/content-types/note/schema.json': JSON.stringify({
    kind: 'collectionType',
    collectionName: 'notes',
    info: { singularName: 'note', pluralName: 'notes', displayName: 'Note' },
    options: { draftAndPublish: false },
    attributes: { text: { type: 'string' } },
  }),
  'src/api/note/routes/note.js': core('Router'),
  'src/api/note/controllers/note.js': core('Controller'),
  'src/api/note/services/note.js': core('Service'),
};

/** Adds fields to the user content type: an extension of users-permissions contains the whole schema. */
export function extendedUser(fields: object): Record<string, string> {
  const original = usersPermissionsSchema('user');
  const attributes = { ...original.attributes, ...fields };
  return {
    'src/extensions/users-permissions/content-types/user/schema.json': JSON.stringify({
      ...original,
      attributes,
    }),
  };
}

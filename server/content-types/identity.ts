import { USER } from '../strapi';
import { hidden } from './hidden';

/**
 * The Cognito identity of a user. `digest` stands for issuer and subject in the unique index: databases
 * that compare text without regard to case or trailing spaces would take two subjects for one.
 */
export const identity = {
  kind: 'collectionType',
  collectionName: 'cognito_identities',
  info: { singularName: 'identity', pluralName: 'identities', displayName: 'Cognito identity' },
  ...hidden,
  attributes: {
    digest: { type: 'string', required: true, private: true },
    issuer: { type: 'string', required: true, private: true },
    subject: { type: 'string', required: true, private: true },
    /** The username of the user that a login is creating; `null` once the user is saved. */
    pendingUsername: { type: 'string', private: true },
    /** Whether the plugin created the user unconfirmed, and so may confirm them later. */
    awaitsVerification: { type: 'boolean', private: true },
    // A column of its own table: the database sets it to null when the user goes.
    user: {
      type: 'relation',
      relation: 'manyToOne',
      target: USER,
      useJoinTable: false,
      private: true,
    },
  },
  indexes: [{ name: 'cognito_identities_digest_unique', columns: ['digest'], type: 'unique' }],
} as const;

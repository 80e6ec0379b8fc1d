import { hidden } from './hidden';

/** Names that one login, or one change of the settings, has among all instances. */
export const lease = {
  kind: 'collectionType',
  collectionName: 'cognito_leases',
  info: { singularName: 'lease', pluralName: 'leases', displayName: 'Cognito lease' },
  ...hidden,
  attributes: {
    /** A digest of what is held. */
    name: { type: 'string', required: true, private: true },
    /** Random, one for each login. */
    owner: { type: 'string', required: true, private: true },
    /** Milliseconds since the epoch. */
    expiresAt: { type: 'biginteger', required: true, private: true },
  },
  indexes: [
    { name: 'cognito_leases_name_unique', columns: ['name'], type: 'unique' },
    { name: 'cognito_leases_owner_index', columns: ['owner'] },
  ],
} as const;

import { hidden } from './hidden';

/** Rows to hold while an account is made, so that two instances never make it twice. */
export const lock = {
  kind: 'collectionType',
  collectionName: 'cognito_locks',
  info: { singularName: 'lock', pluralName: 'locks', displayName: 'Cognito lock' },
  ...hidden,
  attributes: { bucket: { type: 'integer', required: true, private: true } },
  indexes: [{ name: 'cognito_locks_bucket_unique', columns: ['bucket'], type: 'unique' }],
} as const;

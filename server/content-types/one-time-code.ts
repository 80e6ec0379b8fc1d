import { hidden } from './hidden';

/** A login on its way to the front-end: what it is about is encrypted with a key that only the code gives. */
export const oneTimeCode = {
  kind: 'collectionType',
  collectionName: 'cognito_one_time_codes',
  info: {
    singularName: 'one-time-code',
    pluralName: 'one-time-codes',
    displayName: 'Cognito one-time code',
  },
  ...hidden,
  attributes: {
    digest: { type: 'string', required: true, private: true },
    sealed: { type: 'text', required: true, private: true },
    /** Milliseconds since the epoch. */
    expiresAt: { type: 'biginteger', required: true, private: true },
  },
  indexes: [
    { name: 'cognito_one_time_codes_digest_unique', columns: ['digest'], type: 'unique' },
    { name: 'cognito_one_time_codes_expires_at_index', columns: ['expires_at'] },
  ],
} as const;

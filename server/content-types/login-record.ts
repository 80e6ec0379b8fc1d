import { hidden } from './hidden';

/**
 * How a step of a login ended, for the operator: no email, no subject, no address, no token. The
 * user's id is a number and no relation, so that it costs a login no look at the user; it says
 * nothing once the user is deleted.
 */
export const loginRecord = {
  kind: 'collectionType',
  collectionName: 'cognito_logins',
  info: {
    singularName: 'login-record',
    pluralName: 'login-records',
    displayName: 'Cognito login record',
  },
  ...hidden,
  attributes: {
    /** Milliseconds since the epoch. */
    at: { type: 'biginteger', required: true, private: true },
    userId: { type: 'integer', private: true },
    step: { type: 'string', required: true, private: true },
    outcome: { type: 'string', required: true, private: true },
  },
} as const;

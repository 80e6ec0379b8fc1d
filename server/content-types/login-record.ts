import { USER } from '../strapi';
import { hidden } from './hidden';

/**
 * How a step of a login ended, for the operator: no email, no IP address, no token. The user is a
 * relation, so that `strapi export` and `strapi import` keep it.
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
    account: {
      type: 'relation',
      relation: 'manyToOne',
      target: USER,
      useJoinTable: false,
      private: true,
    },
    step: { type: 'string', required: true, private: true },
    outcome: { type: 'string', required: true, private: true },
  },
} as const;

import { USER } from '../strapi';
import { hidden } from './hidden';

/**
 * How a login ended, for the operator: no IP address and no token, and an email only if the site asks for
 * it. The user is a relation, so that `strapi export` and `strapi import` keep it.
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
    /** The `sub` of the Cognito account, if its token was valid. */
    subject: { type: 'string', private: true },
    /** Only with `loginRecords.keepEmails`. */
    email: { type: 'string', private: true },
    /** Joins the steps of one login: a digest of its one-time code. */
    login: { type: 'string', private: true },
  },
} as const;

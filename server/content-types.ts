import { USER } from './strapi';

// These are functions, because Strapi writes the column name into each attribute.
const text = () => ({ type: 'string', private: true });
const requiredText = () => ({ ...text(), required: true });
/** Milliseconds since the epoch. */
const time = () => ({ type: 'biginteger', required: true, private: true });
/** A column in the table itself. The database sets it to null when the user is deleted. */
const user = () => ({
  type: 'relation',
  relation: 'manyToOne',
  target: USER,
  useJoinTable: false,
  private: true,
});

/** An internal table, which no editor and no API shows. */
function internal(
  collectionName: string,
  [singularName, pluralName]: readonly [string, string],
  more: { readonly attributes: object; readonly indexes?: readonly object[] },
) {
  return {
    kind: 'collectionType',
    collectionName,
    info: { singularName, pluralName, displayName: `Cognito ${singularName.replaceAll('-', ' ')}` },
    options: { draftAndPublish: false },
    pluginOptions: {
      'content-manager': { visible: false },
      'content-type-builder': { visible: false },
    },
    ...more,
  };
}

/**
 * The Cognito identity of a user. In the unique index, `digest` represents issuer and subject, because databases that
 * ignore case or trailing spaces would treat two subjects as one.
 */
export const identity = internal('cognito_identities', ['identity', 'identities'], {
  attributes: {
    digest: requiredText(),
    issuer: requiredText(),
    subject: requiredText(),
    /** The username of the user that a login is creating; `null` once the user is saved. */
    pendingUsername: text(),
    awaitsVerification: { type: 'boolean', private: true },
    user: user(),
  },
  indexes: [{ name: 'cognito_identities_digest_unique', columns: ['digest'], type: 'unique' }],
});

/** Names that one login, or one change of the settings, holds across all instances. */
const lease = internal('cognito_leases', ['lease', 'leases'], {
  attributes: {
    /** A digest of the name. */
    name: requiredText(),
    /** Random, one for each login. */
    owner: requiredText(),
    expiresAt: time(),
  },
  indexes: [
    { name: 'cognito_leases_name_unique', columns: ['name'], type: 'unique' },
    { name: 'cognito_leases_owner_index', columns: ['owner'] },
  ],
});

/**
 * The outcome of a login, for the admin page: no IP address and no token, and an email only if the site has turned
 * that on. The user is a relation, so `strapi export` and `strapi import` keep it.
 */
export const loginRecord = internal('cognito_logins', ['login-record', 'login-records'], {
  attributes: {
    at: time(),
    account: user(),
    step: requiredText(),
    outcome: requiredText(),
    /** The `sub` of the Cognito account, if its token was valid. */
    subject: text(),
    email: text(),
    /** Joins the steps of one login: a digest of its one-time code. */
    login: text(),
  },
});

/** A login on its way to the front-end. Only the one-time code gives the key that decrypts its claims. */
const oneTimeCode = internal('cognito_one_time_codes', ['one-time-code', 'one-time-codes'], {
  attributes: {
    digest: requiredText(),
    sealed: { type: 'text', required: true, private: true },
    expiresAt: time(),
  },
  indexes: [
    { name: 'cognito_one_time_codes_digest_unique', columns: ['digest'], type: 'unique' },
    { name: 'cognito_one_time_codes_expires_at_index', columns: ['expires_at'] },
  ],
});

export default {
  identity: { schema: identity },
  lease: { schema: lease },
  'login-record': { schema: loginRecord },
  'one-time-code': { schema: oneTimeCode },
};

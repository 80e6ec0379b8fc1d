import type { Settings } from '../settings/settings';
import { type Strapi, USER } from '../strapi';
import { findFieldProblems } from './profile';
import { findRoleProblems } from './roles';
import { readAdvancedSettings } from './user';
import { hasRoles, hasTextField, userFields } from './user-schema';

/** Logs the mapped fields and roles that do not exist. A login leaves out such a field, and fails for such a role. */
export async function warnAboutMappings(strapi: Strapi, { sources }: Settings): Promise<void> {
  const { attributes, roles } = sources.accounts;
  const fields = attributes.value.map(({ field }) => field);
  for (const { message } of findFieldProblems(strapi, fields)) {
    strapi.log.error(`[cognito] users.attributes: ${message}`);
  }
  const types = roles.value.map(({ role }) => role);
  for (const { message } of await findRoleProblems(strapi, types)) {
    strapi.log.error(`[cognito] users.roles: ${message}`);
  }
}

const NO_ROLE =
  "users-permissions accepts a Strapi JWT only if the site's fetchAuthenticatedUser gives the user a role";

/** Logs which features the site's user schema switches off, or breaks. */
export function warnAboutMissingFields(strapi: Strapi): void {
  // Only Strapi 5 has documents, whose drafts and published versions are rows of their own.
  const hasDocuments = 'documentId' in strapi.db.metadata.get(USER).attributes;
  if (hasDocuments && strapi.contentType(USER).options?.draftAndPublish === true) {
    strapi.log.warn(
      '[cognito] draftAndPublish is on for users: when an admin publishes or unpublishes one, Strapi gives the user ' +
        'another id. Their Strapi JWTs and the link to their Cognito account are lost. Turn it off in the user schema',
    );
  }
  const has = (field: string) => Object.hasOwn(userFields(strapi), field);
  const fields: readonly (readonly [field: string, exists: boolean, effect: string])[] = [
    ['username', hasTextField(strapi, 'username'), 'new users get no username'],
    ['email', hasTextField(strapi, 'email'), 'users are identified only by their Cognito account'],
    ['role', hasRoles(strapi), `users get no role. ${NO_ROLE}`],
    ['provider', has('provider'), 'no user without a Cognito account is adopted'],
    ['confirmed', has('confirmed'), 'no user is confirmed'],
    ['blocked', has('blocked'), 'no user can be blocked'],
  ];
  if (hasRoles(strapi) && userFields(strapi).role?.relation?.endsWith('ToMany')) {
    strapi.log.warn(`[cognito] the field "role" of users is a list: ${NO_ROLE}`);
  }
  for (const [field, exists, effect] of fields) {
    if (!exists) {
      strapi.log.warn(`[cognito] the user content type has no usable field "${field}": ${effect}`);
    }
  }
}

/** Logs what `users.linking: 'verified-email'` trusts, if it is set. */
export async function warnAboutLinking(
  strapi: Strapi,
  { users }: Pick<Settings, 'users'>,
): Promise<void> {
  if (users.linking !== 'verified-email') return;
  const { emailConfirmation } = await readAdvancedSettings(strapi);
  const warning = emailConfirmation
    ? 'it trusts that every user of provider "local" who is marked as confirmed has once answered a confirmation ' +
      'mail at the email address they have now. That is wrong for users who registered while "Enable email ' +
      'confirmation" was off, users whom an admin or an import confirmed, and users who have changed their email ' +
      'address since. A Cognito user who has verified that address gets such an account'
    : 'it links nothing while "Enable email confirmation" of the advanced settings is off. Users who register now ' +
      'are marked as confirmed without proof, and will be trusted once you turn it on';
  strapi.log.warn(`[cognito] users.linking is 'verified-email': ${warning}.`);
}

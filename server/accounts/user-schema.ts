import { ROLE, type Strapi, USER } from '../strapi';
import type { AttributeSchema } from './attributes';

/** The fields of the user content type, as the site has left them. */
export function userFields(strapi: Strapi): Readonly<Record<string, AttributeSchema>> {
  return strapi.contentType(USER).attributes;
}

const TEXT_TYPES = new Set(['string', 'email', 'text', 'uid']);

/** Whether users have this field, and it holds text. */
export function hasTextField(strapi: Strapi, name: string): boolean {
  const fields = userFields(strapi);
  return Object.hasOwn(fields, name) && TEXT_TYPES.has(fields[name]?.type ?? '');
}

/** Whether users have roles of users-permissions, by a relation of any kind. */
export function hasRoles(strapi: Strapi): boolean {
  const { role } = userFields(strapi) as Readonly<
    Record<string, AttributeSchema & { target?: string }>
  >;
  return role?.type === 'relation' && role.target === ROLE;
}

/** The values of fields that users have. */
export function existingFields<T>(
  strapi: Strapi,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  const fields = userFields(strapi);
  const entries = Object.entries(values).filter(([name]) => {
    if (name === 'username' || name === 'email') return hasTextField(strapi, name);
    return name === 'role' ? hasRoles(strapi) : Object.hasOwn(fields, name);
  });
  return Object.fromEntries(entries);
}

const NO_ROLE =
  'users-permissions accepts no Strapi JWT unless fetchAuthenticatedUser of the site gives the user a role';

/** Says once, at boot, what the site's user schema switches off. */
export function warnAboutMissingFields(strapi: Strapi): void {
  const has = (field: string) => Object.hasOwn(userFields(strapi), field);
  const missing: readonly (readonly [field: string, there: boolean, effect: string])[] = [
    ['username', hasTextField(strapi, 'username'), 'new users get no username'],
    ['email', hasTextField(strapi, 'email'), 'users are found by their Cognito account only'],
    ['role', hasRoles(strapi), `users get no role. ${NO_ROLE}`],
    ['provider', has('provider'), 'no user without a Cognito account is adopted'],
    ['confirmed', has('confirmed'), 'no user is confirmed'],
    ['blocked', has('blocked'), 'no user can be blocked'],
  ];
  const { role } = userFields(strapi) as Readonly<Record<string, { relation?: string }>>;
  if (hasRoles(strapi) && (role?.relation ?? '').endsWith("ToMany")) {
    strapi.log.warn(`[cognito] the field "role" of users is a list: ${NO_ROLE}`);
  }
  for (const [field, there, effect] of missing) {
    if (!there) {
      strapi.log.warn(`[cognito] the user content type has no usable field "${field}": ${effect}`);
    }
  }
}

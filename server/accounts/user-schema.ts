import { ROLE, type Strapi, USER } from '../strapi';
import type { AttributeSchema } from './attributes';

/** The fields of the user content type, which the site may have changed. */
export const userFields = (strapi: Strapi): Readonly<Record<string, AttributeSchema>> =>
  strapi.contentType(USER).attributes;

const TEXT_TYPES = new Set(['string', 'email', 'text', 'uid']);

/** Whether users have this field, and its type is a text. */
export const hasTextField = (strapi: Strapi, name: string): boolean =>
  TEXT_TYPES.has(userFields(strapi)[name]?.type ?? '');

/** Whether users have roles of users-permissions, through a relation of any kind. */
export function hasRoles(strapi: Strapi): boolean {
  const { role } = userFields(strapi);
  return role?.type === 'relation' && role.target === ROLE;
}

/** Omits the values of fields that users do not have, and what is `undefined`. */
export function existingFields<T>(
  strapi: Strapi,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  const fields = userFields(strapi);
  const entries = Object.entries(values).filter(([name, value]) => {
    if (value === undefined) return false;
    if (name === 'username' || name === 'email') return hasTextField(strapi, name);
    return name === 'role' ? hasRoles(strapi) : Object.hasOwn(fields, name);
  });
  return Object.fromEntries(entries);
}

/** Fields that identify a user, or decide about permissions or the login. */
const PROTECTED = new Set([
  'id',
  'username',
  'email',
  'provider',
  'password',
  'resetPasswordToken',
  'confirmationToken',
  'confirmed',
  'blocked',
  'role',
  'createdAt',
  'updatedAt',
  'publishedAt',
  'createdBy',
  'updatedBy',
  'locale',
  'localizations',
]);

/**
 * Whether claims can never fill a field, even if it is mapped. Passwords and tokens that a site has added are
 * recognized by their names.
 */
export function isProtectedField(field: string): boolean {
  return PROTECTED.has(field) || /password|token|secret/i.test(field);
}

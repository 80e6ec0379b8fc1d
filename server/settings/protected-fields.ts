/** Fields of a user that say who they are, what they may do, or how they log in. */
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
 * Whether a field is out of reach for claims, whatever a mapping says. Passwords and tokens that an
 * app added itself are told by their names.
 */
export function isProtectedField(field: string): boolean {
  return PROTECTED.has(field) || /password|token|secret/i.test(field);
}

import type { CheckId } from '../../../server/admin-contract';

/** All checks, in the order in which they are shown: checks on which others depend come first. */
export const checkIds = [
  'server-url',
  'app-keys',
  'cookies',
  'provider',
  'host-uri',
  'callback-url',
  'scopes',
  'client',
  'issuer',
  'jwks',
  'clock',
  'front-end',
  'permissions',
  'registration',
  'roles',
  'attributes',
  'handoff',
] as const satisfies readonly CheckId[];

/** A compile error here means that the contract has a check that the list lacks. */
type Missing = Exclude<CheckId, (typeof checkIds)[number]>;
true satisfies [Missing] extends [never] ? true : never;

import type { LoadedStrapi } from '@strapi/strapi';
import type { Accounts } from './accounts/accounts';
import type { DiagnosticsService } from './diagnostics/diagnostics';
import type { Limits } from './limits/limits';
import type { LoginService } from './login/login';
import type { LoginRecords } from './login/login-records';
import type { OneTimeCodes } from './login/one-time-codes';
import type { SettingsService } from './settings/service';

export type Strapi = LoadedStrapi;

/** The services of this plugin, by name. */
export interface Services {
  settings: SettingsService;
  accounts: Accounts;
  'one-time-codes': OneTimeCodes;
  login: LoginService;
  'login-records': LoginRecords;
  diagnostics: DiagnosticsService;
  limits: Limits;
}

/** One of this plugin's services. */
export function service<Name extends keyof Services>(strapi: Strapi, name: Name): Services[Name] {
  return strapi.plugin('cognito').service<Services[Name]>(name);
}

/** A user of users-permissions, as its table has it: with its password hash, so never to be sent as it is. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly provider: string | null;
  readonly confirmed: boolean | null;
  readonly blocked: boolean | null;
  readonly [attribute: string]: unknown;
}

/** A user with the role, where they have one. */
export type UserWithRole = User & { readonly role?: { readonly id: number } | null };

/** The provider's name in users-permissions. */
export const PROVIDER = 'cognito';

export const USER = 'plugin::users-permissions.user';
export const ROLE = 'plugin::users-permissions.role';
export const IDENTITY = 'plugin::cognito.identity';
export const ONE_TIME_CODE = 'plugin::cognito.one-time-code';
export const LOGIN_RECORD = 'plugin::cognito.login-record';
export const LOCK = 'plugin::cognito.lock';

/** The store of users-permissions, where the Providers page and the advanced settings live. */
export function usersPermissionsStore(strapi: Strapi, key: 'grant' | 'advanced') {
  return strapi.store({ type: 'plugin', name: 'users-permissions', key });
}

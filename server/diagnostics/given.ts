import type { CognitoConfig } from '../settings/config';
import type { ProviderRow, Settings } from '../settings/settings';
import { type Strapi, usersPermissionsStore } from '../strapi';

/** What a connection is made of, as it was given. */
export interface Given {
  readonly domain?: string;
  readonly clientId?: string;
  readonly clientSecret?: string | null;
  readonly jwksUrl?: string;
  readonly callback?: string;
  readonly scope: readonly string[];
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

export async function readGiven(strapi: Strapi): Promise<Given> {
  const grant = (await usersPermissionsStore(strapi, 'grant').get({})) as {
    cognito?: ProviderRow;
  } | null;
  const row = grant?.cognito ?? {};
  const { connection = {} } = strapi.config.get<CognitoConfig>('plugin.cognito', {});
  return {
    domain: connection.domain ?? textOf(row.subdomain),
    clientId: connection.clientId ?? textOf(row.key),
    clientSecret:
      connection.clientSecret === undefined ? textOf(row.secret) : connection.clientSecret,
    jwksUrl:
      connection.jwksUrl ?? (connection.userPoolId === undefined ? textOf(row.jwksurl) : undefined),
    callback: connection.callback ?? textOf(row.callback),
    scope: connection.scope ?? ['openid', 'email', 'profile'],
  };
}

export const mappedRoles = ({ users }: Settings): string[] => users.roles.map(({ role }) => role);
export const mappedFields = ({ users }: Settings): string[] =>
  users.attributes.map(({ field }) => field);

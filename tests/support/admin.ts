import { randomUUID } from 'node:crypto';
import type { Action } from '../../server/admin-contract';
import type { Site } from './site';

/** A response of the admin API. */
export interface AdminResponse<Body = unknown> {
  status: number;
  body: Body;
  /** The raw body. */
  text: string;
}

/** Strapi's body for an invalid request. */
export interface ErrorResponse {
  error: {
    name: string;
    message: string;
    details: { errors?: { path: string[]; message: string }[] };
  };
}

/** Calls the admin API, under `/cognito`. */
export async function callAdmin<Body>(
  site: Pick<Site, 'strapi'>,
  token: string | undefined,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<AdminResponse<Body>> {
  const response = await fetch(`${site.strapi.url}/cognito${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const parsed = isJson ? (JSON.parse(text) as unknown) : undefined;
  return { status: response.status, text, body: parsed as Body };
}

/** Creates an administrator whose only role has these permissions, and returns a token for them. */
export async function createAdmin(
  site: Site,
  actions: readonly (
    Action | 'plugin::users-permissions.roles.update' | 'plugin::users-permissions.providers.update'
  )[],
): Promise<string> {
  const name = `a${randomUUID().slice(0, 8)}`;
  const credentials = { email: `${name}@example.com`, password: 'Administrator-1' };
  await site.strapi.run(
    async (strapi, arg) => {
      const roles = strapi.service('admin::role');
      const role = (await roles.create?.({ name: arg.name, description: '' })) as { id: number };
      const permissions = arg.actions.map((action) => ({ action, conditions: [] }));
      await roles.assignPermissions?.(role.id, permissions);
      const user = { firstname: arg.name, isActive: true, roles: [role.id], ...arg.credentials };
      await strapi.service('admin::user').create?.(user);
    },
    { name, actions, credentials },
  );
  return site.strapi.adminToken(credentials);
}

import { cookies } from 'next/headers';
import type { User } from 'strapi-plugin-cognito-client';
import { SESSION } from './http';
import { api } from './site';

/** Calls Strapi as the user who is logged in; `undefined` for a visitor and for an expired session. */
export async function askStrapi<T>(path: string): Promise<T | undefined> {
  const jwt = (await cookies()).get(SESSION)?.value;
  if (!jwt) return undefined;
  const response = await fetch(api + path, {
    headers: { authorization: `Bearer ${jwt}` },
    cache: 'no-store',
  });
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`Strapi answered ${response.status} to ${path}`);
  return (await response.json()) as T;
}

export const getUser = () => askStrapi<User>('/users/me');

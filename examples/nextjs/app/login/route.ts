import { loginUrl } from 'strapi-plugin-cognito-client';
import { pendingLogins, redirect, setPendingLogins } from '../../lib/http';
import { api } from '../../lib/site';

export const dynamic = 'force-dynamic';

/** Starts a login, and remembers in the browser that it started here. */
export function GET(request: Request): Response {
  const state = crypto.randomUUID();
  const pending = setPendingLogins([state, ...pendingLogins(request)]);
  return redirect(loginUrl(api, { state }), pending);
}

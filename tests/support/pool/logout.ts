import { sessionCookie } from './authorize';
import { redirect, requestCookie, type PoolRequest, type Reply } from './http';
import { errorPage } from './pages';
import type { PoolState } from './state';

/**
 * `GET /logout`: ends the hosted session, then redirects to `logout_uri`, or with `redirect_uri` and `response_type` to
 * the sign-in page.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
export function logout(state: PoolState, request: PoolRequest): Reply {
  const { query } = request;
  const client = state.clients.get(query.get('client_id') ?? '');
  const logoutUri = query.get('logout_uri');
  const redirectUri = query.get('redirect_uri');
  if (!client) {
    return errorPage(400, 'invalid_client', 'There is no app client with this id in the pool.');
  }
  const cleared = { 'set-cookie': `${sessionCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax` };
  const end = (location: string) => {
    state.sessions.delete(requestCookie(request, sessionCookie) ?? '');
    return redirect(location, cleared);
  };
  if (logoutUri !== null && client.logoutUrls.includes(logoutUri)) {
    return end(logoutUri);
  }
  const again = redirectUri !== null && client.callbackUrls.includes(redirectUri);
  if (logoutUri === null && again && query.has('response_type')) {
    return end(`${state.origin}/login?${query.toString()}`);
  }
  return errorPage(
    400,
    'invalid_request',
    'The URL to go to after the sign-out is not one of the allowed sign-out URLs of the app client.',
    { logout_uri: logoutUri ?? undefined, redirect_uri: redirectUri ?? undefined },
  );
}

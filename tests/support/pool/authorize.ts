import { randomUUID } from 'node:crypto';
import type { AppClient } from './clients';
import { redirect, requestCookie, withQuery, type PoolRequest, type Reply } from './http';
import type { PoolUser } from './users';
import { userExists, poolNow, poolSeconds, type PoolState } from './state';

const sessionLifetime = 60 * 60 * 1000;

/** The Hosted UI's session cookie. */
export const sessionCookie = 'cognito';

/** A valid authorization request. */
export interface AuthorizationRequest {
  client: AppClient;
  redirectUri: string;
  state: string | undefined;
  scopes: string[];
  nonce: string | undefined;
  challenge: string | undefined;
  prompt: string | undefined;
}

function value(query: URLSearchParams, name: string): string | undefined {
  const given = query.get(name);
  return given === null || given === '' ? undefined : given;
}

/** The first problem of a request whose errors may go to the app. */
function findProblem(
  query: URLSearchParams,
  client: AppClient,
  scopes: string[],
): [error: string, description: string] | undefined {
  const responseType = value(query, 'response_type');
  const challenge = value(query, 'code_challenge');
  const method = value(query, 'code_challenge_method');
  if (responseType === undefined) {
    return ['invalid_request', 'response_type is missing'];
  }
  if (responseType !== 'code' && responseType !== 'token') {
    return ['invalid_request', 'response_type is not supported'];
  }
  if (responseType === 'token' || !client.flows.includes('code')) {
    return ['unauthorized_client', 'unauthorized_client'];
  }
  if ((challenge === undefined) !== (method === undefined)) {
    return ['invalid_request', 'code_challenge and code_challenge_method go together'];
  }
  if (method !== undefined && method !== 'S256') {
    return ['invalid_request', 'code_challenge_method must be S256'];
  }
  if (challenge !== undefined && !/^[\w-]{43}$/.test(challenge)) {
    return ['invalid_request', 'code_challenge is not the SHA-256 of anything'];
  }
  if (scopes.some((scope) => !client.scopes.includes(scope))) {
    return ['invalid_scope', 'invalid_scope'];
  }
  const prompt = value(query, 'prompt') ?? 'login';
  if (!['none', 'login', 'select_account', 'consent'].includes(prompt)) {
    return ['invalid_request', 'prompt is not supported'];
  }
  return undefined;
}

/** Checks a request. Errors go to the app if it is known, otherwise to the error page. */
export function checkAuthorization(
  state: PoolState,
  query: URLSearchParams,
): AuthorizationRequest | Reply {
  const clientId = value(query, 'client_id');
  const client = clientId === undefined ? undefined : state.clients.get(clientId);
  if (!client) {
    return redirect(
      withQuery(`${state.origin}/error`, { error: 'invalid_client', client_id: clientId }),
    );
  }
  const redirectUri = value(query, 'redirect_uri');
  if (redirectUri === undefined || !client.callbackUrls.includes(redirectUri)) {
    return redirect(
      withQuery(`${state.origin}/error`, { error: 'redirect_mismatch', client_id: clientId }),
    );
  }
  const requested = (value(query, 'scope') ?? '').split(' ').filter((scope) => scope !== '');
  const scopes = requested.length > 0 ? requested : client.scopes;
  const problem = findProblem(query, client, scopes);
  if (problem) {
    const [error, error_description] = problem;
    return redirect(
      withQuery(redirectUri, { error, error_description, state: value(query, 'state') }),
    );
  }
  return {
    client,
    redirectUri,
    scopes: [...new Set(scopes)],
    state: value(query, 'state'),
    nonce: value(query, 'nonce'),
    challenge: value(query, 'code_challenge'),
    prompt: value(query, 'prompt'),
  };
}

/** The user who is signed in to the Hosted UI in this browser. */
export function hostedUser(state: PoolState, request: PoolRequest): HostedUser | undefined {
  const session = state.sessions.get(requestCookie(request, sessionCookie) ?? '');
  if (
    !session ||
    poolNow(state) - session.at > sessionLifetime ||
    !userExists(state, session.user)
  ) {
    return undefined;
  }
  return { user: session.user, authTime: Math.floor(session.at / 1000) };
}

interface HostedUser {
  user: PoolUser;
  /** Seconds; when the user signed in. */
  authTime: number;
}

/** Redirects the user to the app with a code. */
export function grantCode(
  state: PoolState,
  request: AuthorizationRequest,
  { user, authTime }: HostedUser,
  headers: Record<string, string> = {},
): Reply {
  const { client, redirectUri, scopes, nonce, challenge } = request;
  const code = randomUUID();
  const at = poolNow(state);
  state.codes.set(code, { client, user, redirectUri, scopes, nonce, challenge, authTime, at });
  return redirect(withQuery(redirectUri, { code, state: request.state }), headers);
}

/** Opens a hosted session for a user and redirects them to the app. */
export function signIn(state: PoolState, request: AuthorizationRequest, user: PoolUser): Reply {
  const id = randomUUID();
  state.sessions.set(id, { user, at: poolNow(state) });
  return grantCode(
    state,
    request,
    { user, authTime: poolSeconds(state) },
    {
      'set-cookie': `${sessionCookie}=${id}; Path=/; Max-Age=${sessionLifetime / 1000}; HttpOnly; SameSite=Lax`,
    },
  );
}

/**
 * `GET /oauth2/authorize`
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
 */
export function authorize(state: PoolState, request: PoolRequest): Reply {
  const checked = checkAuthorization(state, request.query);
  if ('status' in checked) {
    return checked;
  }
  const known = hostedUser(state, request);
  if (known && (checked.prompt === undefined || checked.prompt === 'none')) {
    return grantCode(state, checked, known);
  }
  if (checked.prompt === 'none') {
    return redirect(
      withQuery(checked.redirectUri, {
        error: 'login_required',
        error_description: 'No user is signed in',
        state: checked.state,
      }),
    );
  }
  return redirect(`${state.origin}/login?${request.query.toString()}`);
}

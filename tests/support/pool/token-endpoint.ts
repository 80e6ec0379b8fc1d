import { createHash, randomUUID } from 'node:crypto';
import { authenticate, isForm, oauthError } from './client-auth';
import type { AppClient } from './clients';
import { json, type PoolRequest, type Reply } from './http';
import { userExists, poolNow, type CodeGrant, type PoolState } from './state';
import { issueRefreshToken, issueTokens, tokenLifetime } from './tokens';

const codeLifetime = 5 * 60 * 1000;

function answer(state: PoolState, tokens: Record<string, unknown>): Reply {
  const body = { ...tokens, token_type: 'Bearer', expires_in: tokenLifetime };
  return json(200, state.changes.tokenResponse?.(body) ?? body, {
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
}

/** Without a challenge at the authorization endpoint, a verifier is ignored. */
function verified({ challenge }: CodeGrant, verifier: string | null): boolean {
  if (challenge === undefined) {
    return true;
  }
  return (
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url') === challenge
  );
}

function redeemCode(state: PoolState, client: AppClient, form: URLSearchParams): Reply {
  const code = form.get('code');
  const redirectUri = form.get('redirect_uri');
  if (!code || !redirectUri) {
    return oauthError('invalid_request');
  }
  if (!client.flows.includes('code')) {
    return oauthError('unauthorized_client');
  }
  const grant = state.codes.get(code);
  if (grant?.client !== client) {
    return oauthError('invalid_grant');
  }
  // From here on the code is spent, whatever the result.
  state.codes.delete(code);
  if (poolNow(state) - grant.at > codeLifetime || !userExists(state, grant.user)) {
    return oauthError('invalid_grant');
  }
  if (grant.redirectUri !== redirectUri) {
    return oauthError('unauthorized_client', 'invalid_redirect');
  }
  if (!verified(grant, form.get('code_verifier'))) {
    return oauthError('invalid_grant');
  }
  const { user, scopes, nonce, authTime } = grant;
  const context = { client, user, scopes, authTime, originJti: randomUUID() };
  return answer(state, {
    ...issueTokens(state, nonce === undefined ? context : { ...context, nonce }),
    refresh_token: issueRefreshToken(state, context),
  });
}

function refresh(state: PoolState, client: AppClient, form: URLSearchParams): Reply {
  const token = form.get('refresh_token');
  if (!token) {
    return oauthError('invalid_request');
  }
  if (!client.flows.includes('refresh')) {
    return oauthError('unauthorized_client');
  }
  const grant = state.refreshTokens.get(token);
  if (grant?.client !== client || !userExists(state, grant.user)) {
    return oauthError('invalid_grant');
  }
  if (!client.rotation) {
    return answer(state, issueTokens(state, grant));
  }
  state.refreshTokens.delete(token);
  return answer(state, {
    ...issueTokens(state, grant),
    refresh_token: issueRefreshToken(state, grant),
  });
}

/**
 * `POST /oauth2/token`
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 */
export function token(state: PoolState, request: PoolRequest): Reply {
  const grantType = request.form.get('grant_type');
  if (!isForm(request) || !grantType) {
    return oauthError('invalid_request');
  }
  const client = authenticate(state, request);
  if ('status' in client) {
    return client;
  }
  switch (grantType) {
    case 'authorization_code':
      return redeemCode(state, client, request.form);
    case 'refresh_token':
      return refresh(state, client, request.form);
    case 'client_credentials':
      return oauthError('unauthorized_client');
    default:
      return oauthError('unsupported_grant_type');
  }
}

/**
 * `POST /oauth2/revoke`: revokes a refresh token and the access tokens of the same login.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
 */
export function revoke(state: PoolState, request: PoolRequest): Reply {
  const value = request.form.get('token');
  if (!isForm(request) || !value) {
    return oauthError('invalid_request');
  }
  const client = authenticate(state, request);
  if ('status' in client) {
    return client;
  }
  // Access and id tokens have three parts; a refresh token, being encrypted, has five.
  if (value.split('.').length === 3) {
    return oauthError('unsupported_token_type');
  }
  const grant = state.refreshTokens.get(value);
  if (grant && grant.client !== client) {
    return oauthError('invalid_request', 'The token belongs to another client');
  }
  if (grant) {
    state.refreshTokens.delete(value);
    state.revoked.add(grant.originJti);
  }
  return { status: 200 };
}

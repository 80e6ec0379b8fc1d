import { randomBytes, randomUUID } from 'node:crypto';
import type { AppClient } from './clients';
import { atHash, signJwt, type Claims, type SignRequest } from './jwt';
import type { PoolUser } from './users';
import { poolSeconds, type Draft, type DraftChange, type PoolState } from './state';

const lifetime = 3600;

/** For whom and for what tokens are issued. */
export interface TokenContext {
  client: AppClient;
  user: PoolUser;
  scopes: string[];
  nonce?: string;
  /** Seconds; when the user signed in. */
  authTime?: number;
  /** The refresh token's id, which all tokens of one login share. */
  originJti?: string;
  /** The same for both tokens of a response. */
  eventId?: string;
}

/** The three tokens of a login; there is no `id_token` without the scope `openid`. */
export interface Tokens {
  id_token: string;
  access_token: string;
  refresh_token: string;
}

const emailClaims = ['email', 'email_verified'];
const phoneClaims = ['phone_number', 'phone_number_verified'];

/** The attributes that the scopes allow a client to read. */
export function readableAttributes({ attributes }: PoolUser, scopes: string[]): Claims {
  const requiredScope = (name: string) => {
    if (emailClaims.includes(name)) {
      return 'email';
    }
    return phoneClaims.includes(name) ? 'phone' : 'profile';
  };
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) => value !== undefined && scopes.includes(requiredScope(name)),
    ),
  );
}

function commonClaims(state: PoolState, context: TokenContext): Claims {
  const now = poolSeconds(state);
  const { user, originJti = randomUUID(), eventId = randomUUID(), authTime = now } = context;
  return {
    sub: user.sub,
    ...(user.groups.length > 0 ? { 'cognito:groups': [...user.groups] } : {}),
    iss: state.origin,
    origin_jti: originJti,
    event_id: eventId,
    auth_time: authTime,
    iat: now,
    exp: now + lifetime,
    jti: randomUUID(),
  };
}

/** The claims of a valid access token. */
export function accessClaims(state: PoolState, context: TokenContext): Claims {
  return {
    ...commonClaims(state, context),
    token_use: 'access',
    client_id: context.client.clientId,
    scope: context.scopes.join(' '),
    username: context.user.username,
    version: 2,
  };
}

/** The claims of a valid id_token; `at_hash` only when the access token is given. */
export function idClaims(state: PoolState, context: TokenContext, accessToken?: string): Claims {
  const { user, client, scopes, nonce } = context;
  return {
    ...commonClaims(state, context),
    ...readableAttributes(user, scopes),
    ...(accessToken === undefined ? {} : { at_hash: atHash(accessToken) }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(user.identities.length > 0 ? { identities: structuredClone(user.identities) } : {}),
    'cognito:username': user.username,
    aud: client.clientId,
    token_use: 'id',
  };
}

function changed(
  state: PoolState,
  claims: Claims,
  change: ((draft: Draft) => DraftChange) | undefined,
): SignRequest {
  const draft = { claims: { ...claims }, header: {} };
  return { ...draft, key: claims.token_use === 'access' ? 'access' : 'id', ...change?.(draft) };
}

/** Issues the tokens of a response, with the changes of a test unless `untouched`. */
export function issueTokens(
  state: PoolState,
  context: TokenContext,
  { untouched = false } = {},
): { access_token: string; id_token?: string } {
  const { idToken, accessToken } = untouched ? {} : state.changes;
  const shared = {
    originJti: randomUUID(),
    eventId: randomUUID(),
    authTime: poolSeconds(state),
    ...context,
  };
  const access = signJwt(state.keys, changed(state, accessClaims(state, shared), accessToken));
  if (!context.scopes.includes('openid')) {
    return { access_token: access };
  }
  const id = signJwt(state.keys, changed(state, idClaims(state, shared, access), idToken));
  return { access_token: access, id_token: id };
}

/** Issues a refresh token: opaque, long, and with the five parts of a JWE, as Cognito's. */
export function issueRefreshToken(
  state: PoolState,
  context: Required<Omit<TokenContext, 'nonce' | 'eventId'>>,
): string {
  const { client, user, scopes, authTime, originJti } = context;
  const token = [32, 256, 12, 700, 16].map((n) => randomBytes(n).toString('base64url')).join('.');
  state.refreshTokens.set(token, { client, user, scopes, authTime, originJti });
  return token;
}

/** The lifetime of access tokens and id_tokens, in seconds. */
export const tokenLifetime = lifetime;

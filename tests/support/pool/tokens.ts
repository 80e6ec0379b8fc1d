import { randomBytes, randomUUID } from 'node:crypto';
import type { AppClient } from './clients';
import { atHash, signJwt, type Claims, type SignRequest } from './jwt';
import type { PoolUser } from './users';
import { poolSeconds, type Draft, type DraftChange, type PoolState } from './state';

const lifetime = 3600;

/** The occasion on which tokens are made. */
export interface TokenOccasion {
  client: AppClient;
  user: PoolUser;
  scopes: string[];
  nonce?: string;
  /** Seconds; when the user signed in. */
  authTime?: number;
  /** The refresh token's id, which all tokens that come of one login share. */
  originJti?: string;
  /** One for both tokens of an answer. */
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

/** The attributes that the scopes let a client read. */
export function readableAttributes({ attributes }: PoolUser, scopes: string[]): Claims {
  const scopeOf = (name: string) => {
    if (emailClaims.includes(name)) {
      return 'email';
    }
    return phoneClaims.includes(name) ? 'phone' : 'profile';
  };
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) => value !== undefined && scopes.includes(scopeOf(name)),
    ),
  );
}

function commonClaims(state: PoolState, occasion: TokenOccasion): Claims {
  const now = poolSeconds(state);
  const { user, originJti = randomUUID(), eventId = randomUUID(), authTime = now } = occasion;
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

/** The claims of a right access token. */
export function accessClaims(state: PoolState, occasion: TokenOccasion): Claims {
  return {
    ...commonClaims(state, occasion),
    token_use: 'access',
    client_id: occasion.client.clientId,
    scope: occasion.scopes.join(' '),
    username: occasion.user.username,
    version: 2,
  };
}

/** The claims of a right id_token; `at_hash` only when the access token beside it is given. */
export function idClaims(state: PoolState, occasion: TokenOccasion, accessToken?: string): Claims {
  const { user, client, scopes, nonce } = occasion;
  return {
    ...commonClaims(state, occasion),
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

/** Makes the tokens of an answer, with the changes a test has asked for unless `untouched`. */
export function issueTokens(
  state: PoolState,
  occasion: TokenOccasion,
  { untouched = false } = {},
): { access_token: string; id_token?: string } {
  const { idToken, accessToken } = untouched ? {} : state.changes;
  const shared = {
    originJti: randomUUID(),
    eventId: randomUUID(),
    authTime: poolSeconds(state),
    ...occasion,
  };
  const access = signJwt(state.keys, changed(state, accessClaims(state, shared), accessToken));
  if (!occasion.scopes.includes('openid')) {
    return { access_token: access };
  }
  const id = signJwt(state.keys, changed(state, idClaims(state, shared, access), idToken));
  return { access_token: access, id_token: id };
}

/** A new refresh token for an occasion: opaque, long, and in the shape of a JWE as Cognito's is. */
export function issueRefreshToken(
  state: PoolState,
  occasion: Required<Omit<TokenOccasion, 'nonce' | 'eventId'>>,
): string {
  const { client, user, scopes, authTime, originJti } = occasion;
  const token = [32, 256, 12, 700, 16].map((n) => randomBytes(n).toString('base64url')).join('.');
  state.refreshTokens.set(token, { client, user, scopes, authTime, originJti });
  return token;
}

/** How long access and id tokens live, in seconds. */
export const tokenLifetime = lifetime;

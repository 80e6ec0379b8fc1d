import type { AppClient } from './clients';
import type { Faults } from './faults';
import type { Claims, KeyChoice } from './jwt';
import type { PoolKeys } from './keys';
import type { PoolUser } from './users';

/** What a code stands for until it is redeemed. */
export interface CodeGrant {
  client: AppClient;
  user: PoolUser;
  redirectUri: string;
  scopes: string[];
  nonce: string | undefined;
  challenge: string | undefined;
  /** Seconds; when the user signed in. */
  authTime: number;
  /** Milliseconds; when the code was issued. */
  at: number;
}

/** A refresh token's meaning. */
export interface RefreshGrant {
  client: AppClient;
  user: PoolUser;
  scopes: string[];
  authTime: number;
  originJti: string;
}

/** A browser's session at the Hosted UI. */
export interface HostedSession {
  user: PoolUser;
  /** Milliseconds; when it was opened. */
  at: number;
}

/** A token before it is signed. */
export interface Draft {
  claims: Claims;
  header: Record<string, unknown>;
}

/** What a test may change in a token before it is signed; what is left out stays. */
export interface DraftChange {
  claims?: Claims;
  header?: Record<string, unknown>;
  key?: KeyChoice;
  alg?: string;
}

/** Changes to the pool's tokens and responses, until `clearChanges()`. */
export interface Changes {
  idToken?: (draft: Draft) => DraftChange;
  accessToken?: (draft: Draft) => DraftChange;
  tokenResponse?: (body: Record<string, unknown>) => unknown;
  userInfo?: (body: Record<string, unknown>) => unknown;
}

/** The state of a running pool. */
export interface PoolState {
  origin: string;
  keys: PoolKeys;
  /** Keys from before a rotation that are still in the JWKS. */
  oldKeys: PoolKeys[];
  clients: Map<string, AppClient>;
  users: Map<string, PoolUser>;
  codes: Map<string, CodeGrant>;
  refreshTokens: Map<string, RefreshGrant>;
  /** The `origin_jti` of revoked tokens. */
  revoked: Set<string>;
  sessions: Map<string, HostedSession>;
  faults: Faults;
  changes: Changes;
  /** Milliseconds by which the pool's clock is ahead of the machine's. */
  clockOffset: number;
}

/** The pool's time in milliseconds. */
export function poolNow(state: PoolState): number {
  return Date.now() + state.clockOffset;
}

/** The pool's time in seconds, as tokens carry it. */
export function poolSeconds(state: PoolState): number {
  return Math.floor(poolNow(state) / 1000);
}

/** Whether a user is still in the pool (and was not created again under the same name). */
export function userExists(state: PoolState, user: PoolUser): boolean {
  return state.users.get(user.name) === user;
}

import { randomUUID } from 'node:crypto';
import { createClient, type AppClient, type ClientOptions } from './clients';
import { jwks } from './discovery';
import type { Endpoint, Fault, FaultFor } from './faults';
import type { Listening } from '../listening';
import type { PoolRequest } from './http';
import { signJwt, type Claims, type SignRequest } from './jwt';
import { generateKeys, publicPem, type PublicJwk } from './keys';
import { createPoolUser, type PoolUser, type PoolUserOptions } from './users';
import { poolSeconds, type Changes, type PoolState } from './state';
import {
  accessClaims,
  idClaims,
  issueRefreshToken,
  issueTokens,
  type TokenContext,
  type Tokens,
} from './tokens';
import { runBrowserFlow, type BrowserFlowOptions } from './browser-flow';

/** Options of tokens that are issued without a login. */
export interface TokenOptions {
  /** Default: the pool's own client. */
  client?: AppClient;
  /** Separated by spaces. Default: `openid email profile`. */
  scope?: string;
  nonce?: string;
  /** Seconds; when the user signed in. Default: now. */
  authTime?: number;
}

/** A running stand-in for a user pool and its Hosted UI. */
export class Pool {
  /** The confidential client that every pool has. */
  readonly client: AppClient;
  /** All requests since the start, or since {@link forgetRequests}, oldest first. */
  readonly requests: PoolRequest[];

  constructor(
    private readonly state: PoolState,
    client: AppClient,
    requests: PoolRequest[],
    private readonly server: Listening,
  ) {
    this.client = client;
    this.requests = requests;
  }

  /** `http://localhost:PORT`: what goes into Strapi's Host URI field. */
  get origin(): string {
    return this.state.origin;
  }

  /** For a loopback Host URI, the same as {@link origin}. */
  get issuer(): string {
    return this.state.origin;
  }

  /** The URL of the JWKS. */
  get jwksUrl(): string {
    return `${this.issuer}/.well-known/jwks.json`;
  }

  /** Registers another app client; without `clientSecret`, a public one. */
  addClient(options: ClientOptions = {}): AppClient {
    const client = createClient(options);
    this.state.clients.set(client.clientId, client);
    return client;
  }

  /** Adds a user to the pool. An existing user of this name is replaced, as if deleted before. */
  addUser(options: PoolUserOptions): PoolUser {
    const user = createPoolUser(options);
    this.state.users.set(user.name, user);
    return user;
  }

  /**
   * The user of this name, which a test may change.
   * @throws Error when there is none.
   */
  user(name: string): PoolUser {
    const user = this.state.users.get(name);
    if (!user) {
      throw new Error(`The pool has no ${name}.`);
    }
    return user;
  }

  /** Deletes a user: their codes, tokens and sessions are no longer valid. */
  deleteUser(name: string): void {
    this.state.users.delete(name);
  }

  /** Deletes a user and creates them again, with only a new `sub`. */
  recreateUser(name: string): PoolUser {
    return this.addUser({ ...structuredClone(this.user(name)), sub: randomUUID() });
  }

  /**
   * Signs in at the Hosted UI as a browser does, over HTTP.
   * @returns the final URL, with `code` and `state`, or with `error`; or the URL of the `/error` page.
   * @throws Error when a response is not a redirect.
   */
  authorize(authorizeUrl: string, name: string, options: BrowserFlowOptions = {}): Promise<string> {
    return runBrowserFlow(authorizeUrl, name, options);
  }

  /** Valid tokens for a user, without a login; faults and changes do not apply to them. */
  tokensFor(name: string, options: TokenOptions = {}): Tokens {
    const context = this.context(name, options);
    const issued = issueTokens(this.state, context, { untouched: true });
    return {
      // There is none without the scope `openid`, which every test of an id_token requests.
      id_token: issued.id_token ?? '',
      access_token: issued.access_token,
      refresh_token: issueRefreshToken(this.state, context),
    };
  }

  /** The claims of a valid id_token, for a test to change; `at_hash` when an access token is given. */
  idClaims(name: string, options: TokenOptions & { accessToken?: string } = {}): Claims {
    return idClaims(this.state, this.context(name, options), options.accessToken);
  }

  /** The claims of a valid access token, for a test to change. */
  accessClaims(name: string, options: TokenOptions = {}): Claims {
    return accessClaims(this.state, this.context(name, options));
  }

  /** Signs anything, correctly or not. */
  sign(request: SignRequest): string {
    return signJwt(this.state.keys, request);
  }

  /** A signing key's public key as PEM. */
  publicKey(which: 'id' | 'access' = 'id'): string {
    return publicPem(this.state.keys[which].publicKey);
  }

  /** The `kid` of a signing key. */
  kid(which: 'id' | 'access' = 'id'): string {
    return this.state.keys[which].kid;
  }

  /** The body of the JWKS endpoint. */
  jwks(): { keys: PublicJwk[] } {
    return jwks(this.state);
  }

  /** New keys; the old ones leave the JWKS at once, unless `keepOld`. */
  rotateKeys({ keepOld = false } = {}): void {
    const keys = generateKeys();
    this.state.oldKeys = keepOld ? [this.state.keys, ...this.state.oldKeys] : [];
    this.state.keys = keys;
  }

  /** Adds a fault to an endpoint; see {@link Fault}. Several with `times` follow each other. */
  injectFault(endpoint: Endpoint, fault: Fault | FaultFor): void {
    this.state.faults.add(endpoint, fault);
  }

  /** Changes every id_token that the token endpoint issues. */
  changeIdToken(change: NonNullable<Changes['idToken']>): void {
    this.state.changes.idToken = change;
  }

  /** Changes every access token that the token endpoint issues; `at_hash` matches it. */
  changeAccessToken(change: NonNullable<Changes['accessToken']>): void {
    this.state.changes.accessToken = change;
  }

  /** Changes the JSON of the token endpoint's successful responses. */
  changeTokenResponse(change: NonNullable<Changes['tokenResponse']>): void {
    this.state.changes.tokenResponse = change;
  }

  /** Changes the JSON of userInfo's successful responses. */
  changeUserInfo(change: NonNullable<Changes['userInfo']>): void {
    this.state.changes.userInfo = change;
  }

  /** Removes all faults and changes, and resets the clock. */
  clearChanges(): void {
    this.state.faults.clear();
    this.state.changes = {};
    this.state.clockOffset = 0;
  }

  /** Moves the pool's clock ahead (or back) by seconds: codes and sessions age, tokens carry the new time. */
  advanceClock(seconds: number): void {
    this.state.clockOffset += seconds * 1000;
  }

  /** The pool's time in seconds. */
  now(): number {
    return poolSeconds(this.state);
  }

  /** The number of requests to a path. */
  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length;
  }

  /** Forgets the requests. */
  forgetRequests(): void {
    this.requests.length = 0;
  }

  /** Forgets all hosted sessions, as after an hour. */
  forgetSessions(): void {
    this.state.sessions.clear();
  }

  /** Stops listening and breaks all connections, also those that hang. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  private context(
    name: string,
    options: TokenOptions,
  ): TokenContext & Required<Omit<TokenContext, 'nonce' | 'eventId'>> {
    const { client = this.client, scope = 'openid email profile', nonce } = options;
    return {
      client,
      user: this.user(name),
      scopes: scope.split(' '),
      authTime: options.authTime ?? this.now(),
      originJti: randomUUID(),
      ...(nonce === undefined ? {} : { nonce }),
    };
  }
}

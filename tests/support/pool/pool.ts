import { randomUUID } from 'node:crypto';
import { makeClient, type AppClient, type ClientOptions } from './clients';
import { jwks } from './discovery';
import type { Endpoint, Fault, FaultFor } from './faults';
import type { Listening } from '../listening';
import type { PoolRequest } from './http';
import { signJwt, type Claims, type SignRequest } from './jwt';
import { newKeys, publicPem, type PublicJwk } from './keys';
import { makeUser, type PoolUser, type PoolUserOptions } from './users';
import { poolSeconds, type Changes, type PoolState } from './state';
import {
  accessClaims,
  idClaims,
  issueRefreshToken,
  issueTokens,
  type TokenOccasion,
  type Tokens,
} from './tokens';
import { runBrowserFlow, type BrowserFlowOptions } from './browser-flow';

/** For whom and for what tokens are made without a login; all has a default. */
export interface MakeOptions {
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

  /** Where the keys are. */
  get jwksUrl(): string {
    return `${this.issuer}/.well-known/jwks.json`;
  }

  /** Registers another app client; without `clientSecret`, a public one. */
  addClient(options: ClientOptions = {}): AppClient {
    const client = makeClient(options);
    this.state.clients.set(client.clientId, client);
    return client;
  }

  /** Puts somebody into the pool; a user of this name who is there already is gone, as if deleted before. */
  addUser(options: PoolUserOptions): PoolUser {
    const user = makeUser(options);
    this.state.users.set(user.name, user);
    return user;
  }

  /**
   * The user of this name, to look at and to change.
   * @throws Error when there is none.
   */
  user(name: string): PoolUser {
    const user = this.state.users.get(name);
    if (!user) {
      throw new Error(`The pool has no ${name}.`);
    }
    return user;
  }

  /** Takes somebody out of the pool: no code, token or session of theirs is good any more. */
  deleteUser(name: string): void {
    this.state.users.delete(name);
  }

  /** Deletes somebody and makes them again: all the same, but for a new `sub`. */
  recreateUser(name: string): PoolUser {
    return this.addUser({ ...structuredClone(this.user(name)), sub: randomUUID() });
  }

  /**
   * Goes through the Hosted UI as a browser does, over HTTP.
   * @returns the URL the browser is sent to at last, with `code` and `state`, or `error`; or the `/error` page's.
   * @throws Error when an answer is no redirect.
   */
  authorize(authorizeUrl: string, name: string, options: BrowserFlowOptions = {}): Promise<string> {
    return runBrowserFlow(authorizeUrl, name, options);
  }

  /** Good tokens for somebody, without a login; faults and changes do not touch them. */
  tokensFor(name: string, options: MakeOptions = {}): Tokens {
    const occasion = this.occasion(name, options);
    const issued = issueTokens(this.state, occasion, { untouched: true });
    return {
      // Without the scope `openid` there is none, and no test of an id_token would ask for that.
      id_token: issued.id_token ?? '',
      access_token: issued.access_token,
      refresh_token: issueRefreshToken(this.state, occasion),
    };
  }

  /** The claims of a right id_token, to be tampered with; `at_hash` when an access token is given. */
  idClaims(name: string, options: MakeOptions & { accessToken?: string } = {}): Claims {
    return idClaims(this.state, this.occasion(name, options), options.accessToken);
  }

  /** The claims of a right access token, to be tampered with. */
  accessClaims(name: string, options: MakeOptions = {}): Claims {
    return accessClaims(this.state, this.occasion(name, options));
  }

  /** Signs anything, in right and wrong ways. */
  sign(request: SignRequest): string {
    return signJwt(this.state.keys, request);
  }

  /** The public half of a signing key as PEM. */
  publicKey(which: 'id' | 'access' = 'id'): string {
    return publicPem(this.state.keys[which].publicKey);
  }

  /** The `kid` of a signing key. */
  kid(which: 'id' | 'access' = 'id'): string {
    return this.state.keys[which].kid;
  }

  /** What the JWKS endpoint shows. */
  jwks(): { keys: PublicJwk[] } {
    return jwks(this.state);
  }

  /** New keys; the old ones leave the JWKS at once, unless `keepOld`. */
  async rotateKeys({ keepOld = false } = {}): Promise<void> {
    const keys = await newKeys();
    this.state.oldKeys = keepOld ? [this.state.keys, ...this.state.oldKeys] : [];
    this.state.keys = keys;
  }

  /** Makes an endpoint answer wrongly; see {@link Fault}. Several with `times` follow each other. */
  injectFault(endpoint: Endpoint, fault: Fault | FaultFor): void {
    this.state.faults.add(endpoint, fault);
  }

  /** Changes every id_token that the token endpoint gives out. */
  changeIdToken(change: NonNullable<Changes['idToken']>): void {
    this.state.changes.idToken = change;
  }

  /** Changes every access token that the token endpoint gives out; `at_hash` follows it. */
  changeAccessToken(change: NonNullable<Changes['accessToken']>): void {
    this.state.changes.accessToken = change;
  }

  /** Changes the JSON of the token endpoint's good answers. */
  changeTokenResponse(change: NonNullable<Changes['tokenResponse']>): void {
    this.state.changes.tokenResponse = change;
  }

  /** Changes the JSON of userInfo's good answers. */
  changeUserInfo(change: NonNullable<Changes['userInfo']>): void {
    this.state.changes.userInfo = change;
  }

  /** Ends all misbehaviour and all changes, and puts the clock right. */
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

  /** How many requests a path has had. */
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

  private occasion(
    name: string,
    options: MakeOptions,
  ): TokenOccasion & Required<Omit<TokenOccasion, 'nonce' | 'eventId'>> {
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

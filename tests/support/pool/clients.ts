import { randomBytes } from 'node:crypto';

/** What an app client may do at the token endpoint. */
export type Flow = 'code' | 'refresh';

/** An app client of the pool. Tests may change any field of a client at any time. */
export interface AppClient {
  clientId: string;
  /** Undefined for a public client. */
  clientSecret: string | undefined;
  /** Allowed callback URLs; compared byte by byte. */
  callbackUrls: string[];
  /** Allowed sign-out URLs; compared byte by byte. */
  logoutUrls: string[];
  scopes: string[];
  flows: Flow[];
  /** Refresh token rotation: a refresh also returns a new refresh token and invalidates the old one. */
  rotation: boolean;
}

/** An app client to register; without `clientSecret`, a public one. */
export type ClientOptions = Partial<AppClient>;

/** Contains the characters that are special in a form, in Basic credentials and in a URL. */
const awkwardSecret = 'k1+s3cret/with=all&that%2Bis:awkward+and~more';

/** Creates a client, with defaults for what the options leave out. */
export function createClient(options: ClientOptions): AppClient {
  return {
    clientId: options.clientId ?? randomBytes(13).toString('hex'),
    clientSecret: options.clientSecret,
    callbackUrls: options.callbackUrls ?? [],
    logoutUrls: options.logoutUrls ?? [],
    scopes: options.scopes ?? ['openid', 'email', 'profile', 'phone'],
    flows: options.flows ?? ['code', 'refresh'],
    rotation: options.rotation ?? false,
  };
}

/** The confidential client that every pool has. */
export function createDefaultClient(options: ClientOptions): AppClient {
  return createClient({ clientSecret: awkwardSecret, ...options });
}

import {
  type HostUri,
  type Issuer,
  issuerOfJwksUrl,
  issuerOfPool,
  issuerOfUrl,
  parseHostUri,
} from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import type { CognitoConfig, Linking } from './config';
import { isFrontEndUrl } from './front-end-url';

/** The row `cognito` of the Providers page, as users-permissions stores it. */
export interface ProviderRow {
  readonly enabled?: unknown;
  readonly key?: unknown;
  readonly secret?: unknown;
  readonly subdomain?: unknown;
  readonly callback?: unknown;
  readonly jwksurl?: unknown;
}

/** A connection that lacks nothing. */
export interface Connection {
  readonly host: HostUri;
  readonly clientId: string;
  /** None for a public client. */
  readonly clientSecret?: string;
  readonly scope: readonly string[];
  /** What was set or learned; none until the first login where only the five fields are filled in. */
  readonly issuer?: Issuer;
  /** Whether the issuer was learned, and not set. */
  readonly learned: boolean;
}

/** The settings in force: defaults, under what the admin saved, under `config/plugins`. */
export interface Settings {
  readonly enabled: boolean;
  /** `undefined` while something is missing or wrong: {@link Settings.problems} says what. */
  readonly connection?: Connection;
  /** Where the browser goes after a login: a URL, or a path of Strapi's own. */
  readonly callback?: string;
  /** What keeps the login from working, a sentence each, for the operator. */
  readonly problems: readonly string[];
  readonly handoff: { readonly mode: 'code' | 'tokens'; readonly ttl: number };
  readonly tokens: {
    readonly clockTolerance: number;
    readonly exchange: boolean;
    readonly additionalClientIds: readonly string[];
  };
  readonly users: {
    readonly requireVerifiedEmail: boolean;
    readonly linking: Linking;
    readonly username: readonly string[];
    readonly attributes: Readonly<Record<string, string>>;
    readonly roles: Readonly<Record<string, string>>;
    readonly requiredGroups: readonly string[];
    readonly syncOnLogin: boolean;
  } & Pick<NonNullable<CognitoConfig['users']>, 'resolveRole' | 'mapProfile' | 'beforeCreate'>;
  readonly logout: { readonly redirects: readonly string[] };
  readonly bearer: { readonly enabled: boolean; readonly provision: boolean };
  readonly http: { readonly timeout: number };
}

/** Issuers learned at a login, by the origin of the Host URI that each was learned at. */
export type LearnedIssuers = Readonly<Record<string, string>>;

/** What users-permissions fills in before an admin has: not a Host URI. */
export const PLACEHOLDER_HOST = 'my.subdomain.com';

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** Puts the settings in force together. Never throws: what is wrong is in `problems`. */
export function effectiveSettings(
  config: CognitoConfig,
  row: ProviderRow,
  learned: LearnedIssuers,
): Settings {
  const problems: string[] = [];
  const callback = config.connection?.callback ?? textOf(row.callback);
  const callbackUsable = callback !== undefined && isFrontEndUrl(callback);
  if (!callbackUsable) {
    problems.push(
      callback === undefined
        ? 'the redirect URL to the front-end app is missing'
        : 'the redirect URL to the front-end app is not a URL, or has a parameter of the login in it',
    );
  }
  return {
    enabled: row.enabled === true,
    connection: connectionOf(config, row, learned, problems),
    callback: callbackUsable ? callback : undefined,
    problems,
    handoff: { mode: 'code', ttl: 60, ...defined(config.handoff) },
    tokens: {
      clockTolerance: 5,
      exchange: true,
      additionalClientIds: [],
      ...defined(config.tokens),
    },
    users: {
      requireVerifiedEmail: true,
      linking: 'explicit',
      username: ['preferred_username', 'cognito:username'],
      attributes: {},
      roles: {},
      requiredGroups: [],
      syncOnLogin: true,
      ...defined(config.users),
    },
    logout: {
      redirects: defaultRedirects(callbackUsable ? callback : undefined),
      ...defined(config.logout),
    },
    bearer: { enabled: false, provision: false, ...defined(config.bearer) },
    http: { timeout: 5000, ...defined(config.http) },
  };
}

/** The origin of the front-end. An app's own scheme has none, nor has a path of Strapi's. */
function defaultRedirects(callback: string | undefined): string[] {
  const origin = /^https?:\/\//i.test(callback ?? '') ? new URL(callback ?? '').origin : undefined;
  return origin === undefined ? [] : [origin];
}

/** A group of the config without the settings that are `undefined`, which would hide a default. */
function defined<T extends object>(
  group: T | undefined,
): {
  [K in keyof T]: Exclude<T[K], undefined>;
} {
  const entries = Object.entries(group ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function connectionOf(
  { connection = {} }: CognitoConfig,
  row: ProviderRow,
  learned: LearnedIssuers,
  problems: string[],
): Connection | undefined {
  const before = problems.length;
  const domain = connection.domain ?? textOf(row.subdomain);
  const host = domain === undefined ? undefined : parseHostUri(domain);
  if (domain === undefined || domain === PLACEHOLDER_HOST) {
    problems.push('Host URI (Subdomain) is missing: the domain of the user pool');
  } else if (!host) {
    problems.push(
      'Host URI (Subdomain) is no domain: expected such as my-app.auth.eu-west-1.amazoncognito.com',
    );
  }
  const clientId = connection.clientId ?? textOf(row.key);
  if (clientId === undefined) problems.push('Client ID is missing');
  const secret =
    connection.clientSecret === undefined ? textOf(row.secret) : connection.clientSecret;
  // A pool id in the config names issuer and keys: the page's JWKS URL, below it, is then moot.
  const jwksUrl =
    connection.jwksUrl ?? (connection.userPoolId === undefined ? textOf(row.jwksurl) : undefined);
  const set = setIssuer(connection.userPoolId, jwksUrl);
  if (jwksUrl !== undefined && !set) {
    problems.push('JWKS URL is not an https URL that ends in /.well-known/jwks.json');
  }
  if (!host || clientId === undefined || problems.length > before) return undefined;
  const learnedHere = Object.hasOwn(learned, host.origin) ? learned[host.origin] : undefined;
  const issuer = set ?? (learnedHere === undefined ? undefined : issuerOfUrl(learnedHere));
  return {
    host,
    clientId,
    ...(typeof secret === 'string' && { clientSecret: secret }),
    scope: connection.scope ?? ['openid', 'email', 'profile'],
    ...(issuer && { issuer }),
    learned: issuer !== undefined && set === undefined,
  };
}

/** The issuer that is set. A pool id names it; a JWKS URL beside it only moves the keys. */
function setIssuer(
  userPoolId: string | undefined,
  jwksUrl: string | undefined,
): Issuer | undefined {
  const pool = userPoolId === undefined ? undefined : issuerOfPool(userPoolId);
  if (pool) return jwksUrl === undefined ? pool : { ...pool, jwksUrl };
  return jwksUrl === undefined ? undefined : issuerOfJwksUrl(jwksUrl);
}

/**
 * The connection, for a login that cannot go on without one.
 *
 * @throws {CognitoError} `provider_disabled`, `not_configured`.
 */
export function requireConnection(settings: Settings): Connection {
  if (!settings.enabled) {
    throw new CognitoError(
      'provider_disabled',
      'the provider is switched off in the Providers page',
    );
  }
  if (!settings.connection) {
    throw new CognitoError('not_configured', settings.problems.join('; '));
  }
  return settings.connection;
}

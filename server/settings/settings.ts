import {
  type UserPoolDomain,
  type Issuer,
  isLoopback,
  issuerFromJwksUrl,
  issuerFromUserPoolId,
  issuerFromUrl,
  parseUserPoolDomain,
} from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import type { AccountSettings, SettingsProblem, Source } from '../admin-contract';
import type { CognitoConfig } from './config';
import { isFrontEndUrl } from './front-end-url';
import { readSaved } from './saved';
import { type WithSource, firstDefined, isFromConfigFile } from './sources';

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
  readonly host: UserPoolDomain;
  readonly clientId: string;
  /** None for a public client. */
  readonly clientSecret?: string;
  readonly scope: readonly string[];
  /** What was set or learned; none until the first login where only the five fields are filled in. */
  readonly issuer?: Issuer;
  /** Whether the issuer was learned, and not set. */
  readonly learned: boolean;
}

/** Where Strapi runs. What is for developers is refused elsewhere. */
export interface Deployment {
  /** Whether Strapi's own `url` is on loopback: then the Host URI may be so too. */
  readonly onLoopback: boolean;
  /** Whether `NODE_ENV` is `production`. */
  readonly production: boolean;
}

/** The settings in force: defaults, under what the admin saved, under `config/plugins`. */
export interface Settings {
  readonly enabled: boolean;
  /** `undefined` while something is missing or wrong: {@link Settings.problems} says what. */
  readonly connection?: Connection;
  /** Where the browser goes after a login: a URL, or a path of Strapi's own. */
  readonly callback?: string;
  /** What keeps the login from working, for the operator. */
  readonly problems: readonly SettingsProblem[];
  /** Those of them that are about what was saved on the plugin's page. */
  readonly unreadable: readonly string[];
  readonly handoff: { readonly mode: 'code' | 'tokens'; readonly ttl: number };
  readonly tokens: {
    readonly clockTolerance: number;
    readonly exchange: boolean;
    readonly additionalClientIds: readonly string[];
    readonly redirectUris: readonly string[];
    readonly additionalIssuers: readonly string[];
  };
  readonly users: AccountSettings & { readonly linkMaxAge: number } & Pick<
      NonNullable<CognitoConfig['users']>,
      'resolveRole' | 'mapProfile' | 'beforeCreate'
    >;
  readonly logout: { readonly redirects: readonly string[] };
  readonly bearer: { readonly enabled: boolean; readonly provision: boolean };
  readonly http: { readonly timeout: number };
  readonly deployment: Deployment;
  /** What the admin page shows: the same values, unread, and where each comes from. */
  readonly sources: {
    readonly connection: ConnectionSources;
    /** Of the connection's issuer, where there is one. */
    readonly issuer: Source;
    readonly accounts: AccountSources;
  };
}

/** What a connection is made of, as it was given. */
export interface ConnectionSources {
  readonly domain: WithSource<string | undefined>;
  readonly clientId: WithSource<string | undefined>;
  /** `null`: a public client. */
  readonly clientSecret: WithSource<string | null | undefined>;
  readonly userPoolId: WithSource<string | undefined>;
  readonly jwksUrl: WithSource<string | undefined>;
  readonly callback: WithSource<string | undefined>;
  readonly scope: WithSource<readonly string[]>;
}

/** The settings of the page, each with its source. */
export type AccountSources = {
  readonly [Key in keyof AccountSettings]: WithSource<AccountSettings[Key]>;
};

/** Issuers learned at a login, by the origin of the Host URI that each was learned at. */
export type DetectedIssuers = Readonly<Record<string, string>>;

/** What users-permissions fills in before an admin has: not a Host URI. */
export const PLACEHOLDER_DOMAIN = 'my.subdomain.com';

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const problemMessages = {
  'callback.missing': 'the redirect URL to the front-end app is missing',
  'callback.invalid':
    'the redirect URL to the front-end app is not a URL, is too long, or has a parameter of the login in it',
  'domain.missing': 'Host URI (Subdomain) is missing: the domain of the user pool',
  'domain.invalid':
    'Host URI (Subdomain) is no domain: expected such as my-app.auth.eu-west-1.amazoncognito.com',
  'domain.loopback':
    "Host URI (Subdomain) is on this computer, which is for developing: Strapi's own url in config/server is not",
  'domain.secret':
    'the client secret is set in config/plugins, and goes to no custom domain that is not: set connection.domain',
  'clientId.missing': 'Client ID is missing',
  'userPool.invalid': 'JWKS URL is not an https URL that ends in /.well-known/jwks.json',
  'userPool.loopback':
    "JWKS URL is on this computer, which is for developing: Strapi's own url in config/server is not",
} as const;

const problem = (code: keyof typeof problemMessages): SettingsProblem => ({
  code,
  message: problemMessages[code],
});

/** What the settings are put together from, besides the config, the page and what was learned. */
export interface MoreSettings {
  /** What the store has of the plugin's own page, unread. */
  readonly saved?: unknown;
  /** The part of the config that `config/env/<NODE_ENV>/plugins` gave. */
  readonly environment?: CognitoConfig;
  /** Default: a public site. */
  readonly deployment?: Deployment;
}

const PUBLIC: Deployment = { onLoopback: false, production: true };

/** The settings of the page where nothing is set. */
export const DEFAULTS: AccountSettings = {
  requireVerifiedEmail: true,
  linking: 'explicit',
  username: ['preferred_username', 'cognito:username'],
  attributes: [],
  roles: [],
  requiredGroups: [],
  syncOnLogin: true,
};

/** Which config file a value of the config comes from. */
type ConfigSource = (group: 'connection' | 'users', key: string) => Source;

/** Puts the settings in force together. Never throws: what is wrong is in `problems`. */
export function effectiveSettings(
  config: CognitoConfig,
  row: ProviderRow,
  learned: DetectedIssuers,
  { saved, environment = {}, deployment = PUBLIC }: MoreSettings = {},
): Settings {
  const problems: SettingsProblem[] = [];
  const sourceOf: ConfigSource = (group, key) => {
    const given: Readonly<Record<string, unknown>> = environment[group] ?? {};
    return given[key] === undefined ? 'config' : 'environment-config';
  };
  const given = connectionSources(config, row, sourceOf);
  const callback = given.callback.value;
  const callbackUsable = callback !== undefined && isFrontEndUrl(callback);
  if (!callbackUsable) {
    problems.push(problem(callback === undefined ? 'callback.missing' : 'callback.invalid'));
  }
  const accounts = accountSources(config, saved, sourceOf);
  const connection = connectionOf(given, learned, deployment, problems);
  problems.push(...accounts.problems.map((message) => ({ code: 'saved' as const, message })));
  const tokens: Settings['tokens'] = {
    clockTolerance: 5,
    exchange: true,
    additionalClientIds: [],
    redirectUris: [],
    additionalIssuers: [],
    ...defined(config.tokens),
  };
  const { linkMaxAge = 600, resolveRole, mapProfile, beforeCreate } = config.users ?? {};
  return {
    enabled: row.enabled === true,
    // What was saved to keep people out, and cannot be read, must not let them in.
    connection:
      accounts.problems.length > 0 || !connection
        ? undefined
        : withIssuers(connection, tokens.additionalIssuers),
    callback: callbackUsable ? callback : undefined,
    problems,
    unreadable: accounts.problems,
    handoff: { mode: 'code', ttl: 60, ...defined(config.handoff) },
    tokens,
    users: {
      ...valuesOf(accounts.sources),
      linkMaxAge,
      ...defined({ resolveRole, mapProfile, beforeCreate }),
    },
    logout: {
      redirects: defaultRedirects(callbackUsable ? callback : undefined),
      ...defined(config.logout),
    },
    bearer: { enabled: false, provision: false, ...defined(config.bearer) },
    http: { timeout: 5000, ...defined(config.http) },
    deployment,
    sources: {
      connection: given,
      issuer: issuerSource(given),
      accounts: accounts.sources,
    },
  };
}

function connectionSources(
  { connection = {} }: CognitoConfig,
  row: ProviderRow,
  sourceOf: ConfigSource,
): ConnectionSources {
  const from = <Key extends keyof typeof connection>(key: Key) =>
    [sourceOf('connection', key), connection[key]] as const;
  const page = (value: unknown) => ['providers-page', textOf(value)] as const;
  return {
    domain: firstDefined(undefined, from('domain'), page(row.subdomain)),
    clientId: firstDefined(undefined, from('clientId'), page(row.key)),
    clientSecret: firstDefined<string | null | undefined>(
      undefined,
      from('clientSecret'),
      page(row.secret),
    ),
    userPoolId: firstDefined(undefined, from('userPoolId')),
    // A pool id in the config names issuer and keys: the page's JWKS URL, below it, is then moot.
    jwksUrl: firstDefined(
      undefined,
      from('jwksUrl'),
      page(connection.userPoolId === undefined ? row.jwksurl : undefined),
    ),
    callback: firstDefined(undefined, from('callback'), page(row.callback)),
    scope: firstDefined(['openid', 'email', 'profile'], from('scope')),
  };
}

function accountSources(
  { users = {} }: CognitoConfig,
  stored: unknown,
  sourceOf: ConfigSource,
): { sources: AccountSources; problems: string[] } {
  const { saved, problems } = readSaved(stored);
  const { roles, attributes } = users;
  const config: Partial<AccountSettings> = {
    ...users,
    roles: roles && Object.entries(roles).map(([group, role]) => ({ group, role })),
    attributes:
      attributes && Object.entries(attributes).map(([claim, field]) => ({ claim, field })),
  };
  const source = <Key extends keyof AccountSettings>(key: Key) =>
    firstDefined<AccountSettings[Key]>(
      DEFAULTS[key],
      [sourceOf('users', key), config[key]],
      ['saved', saved[key]],
    );
  const sources: AccountSources = {
    requireVerifiedEmail: source('requireVerifiedEmail'),
    linking: source('linking'),
    username: source('username'),
    attributes: source('attributes'),
    roles: source('roles'),
    requiredGroups: source('requiredGroups'),
    syncOnLogin: source('syncOnLogin'),
  };
  // What the config sets hides what was saved, and so what is wrong with it.
  const inForce = Object.entries(sources).filter(([, { source }]) => !isFromConfigFile(source));
  const keys = inForce.map(([key]) => problems[key as keyof AccountSettings]);
  const told = keys.filter((problem) => problem !== undefined);
  return { sources, problems: [...new Set(told)] };
}

function valuesOf(sources: AccountSources): AccountSettings {
  const values = Object.entries(sources).map(([key, { value }]) => [key, value] as const);
  return Object.fromEntries(values) as unknown as AccountSettings;
}

/** Where the issuer of a connection comes from: the pool id names it, else a JWKS URL, else a login. */
function issuerSource({ userPoolId, jwksUrl }: ConnectionSources): Source {
  if (userPoolId.value !== undefined) return userPoolId.source;
  return jwksUrl.value === undefined ? 'learned' : jwksUrl.source;
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
  given: ConnectionSources,
  learned: DetectedIssuers,
  deployment: Deployment,
  problems: SettingsProblem[],
): Connection | undefined {
  const before = problems.length;
  const domain = given.domain.value;
  const host = domain === undefined ? undefined : parseUserPoolDomain(domain);
  if (domain === undefined || domain === PLACEHOLDER_DOMAIN) {
    problems.push(problem('domain.missing'));
  } else if (!host) {
    problems.push(problem('domain.invalid'));
  } else if (host.loopback && !deployment.onLoopback) {
    problems.push(problem('domain.loopback'));
  } else if (!maySendSecret(given, host, deployment)) {
    problems.push(problem('domain.secret'));
  }
  const clientId = given.clientId.value;
  if (clientId === undefined) problems.push(problem('clientId.missing'));
  const secret = given.clientSecret.value;
  const jwksUrl = given.jwksUrl.value;
  const set = setIssuer(given.userPoolId.value, jwksUrl);
  if (jwksUrl !== undefined && !set) {
    problems.push(problem('userPool.invalid'));
  } else if (set && isLoopback(new URL(set.jwksUrl).hostname) && !deployment.onLoopback) {
    problems.push(problem('userPool.loopback'));
  }
  if (!host || clientId === undefined || problems.length > before) return undefined;
  const learnedHere = Object.hasOwn(learned, host.origin)
    ? textOf(learned[host.origin])
    : undefined;
  const issuer = set ?? (learnedHere === undefined ? undefined : issuerFromUrl(learnedHere));
  return {
    host,
    clientId,
    ...(typeof secret === 'string' && { clientSecret: secret }),
    scope: given.scope.value,
    ...(issuer && { issuer }),
    learned: issuer !== undefined && set === undefined,
  };
}

/**
 * Whether the client secret may be sent to a host. One that the config sets is out of the reach of an admin
 * who edits the Providers page: it goes to no domain of the admin's choosing, except Cognito's own and, while
 * developing, this computer.
 */
export function maySendSecret(
  { clientSecret, domain }: Pick<ConnectionSources, 'clientSecret' | 'domain'>,
  host: UserPoolDomain,
  { onLoopback, production }: Deployment,
): boolean {
  const isOfConfig =
    typeof clientSecret.value === 'string' && isFromConfigFile(clientSecret.source);
  if (!isOfConfig || isFromConfigFile(domain.source)) return true;
  return host.loopback ? onLoopback && !production : host.region !== undefined;
}

/** Lets tokens of a pool name it in more ways. */
function withIssuers(connection: Connection, more: readonly string[]): Connection {
  const { issuer } = connection;
  if (!issuer || more.length === 0) return connection;
  return { ...connection, issuer: { ...issuer, accepted: [...issuer.accepted, ...more] } };
}

/** The issuer that is set. A pool id names it; a JWKS URL beside it only moves the keys. */
function setIssuer(
  userPoolId: string | undefined,
  jwksUrl: string | undefined,
): Issuer | undefined {
  const pool = userPoolId === undefined ? undefined : issuerFromUserPoolId(userPoolId);
  if (pool) return jwksUrl === undefined ? pool : { ...pool, jwksUrl };
  return jwksUrl === undefined ? undefined : issuerFromJwksUrl(jwksUrl);
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
    const messages = settings.problems.map(({ message }) => message);
    throw new CognitoError('not_configured', messages.join('; '));
  }
  return settings.connection;
}

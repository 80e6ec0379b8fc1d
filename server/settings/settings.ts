import {
  type UserPoolDomain,
  type Issuer,
  isLoopbackHost,
  issuerFromJwksUrl,
  issuerFromUserPoolId,
  issuerFromUrl,
  parseUserPoolDomain,
} from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import type {
  AccountSettings,
  EffectiveValue,
  SettingsProblem,
  SettingsView,
  Source,
} from '../admin-contract';
import { defined } from '../defined';
import type { CognitoConfig } from './config';
import { isFrontEndUrl } from './front-end-url';
import { isObject, readSaved } from './schema';

/** The row `cognito` of the Providers page, as users-permissions stores it. */
export interface ProviderRow {
  readonly enabled?: unknown;
  readonly key?: unknown;
  readonly secret?: unknown;
  readonly subdomain?: unknown;
  readonly callback?: unknown;
  readonly jwksurl?: unknown;
  /** Only code of the site can change the last two. */
  readonly scope?: unknown;
  readonly custom_params?: unknown;
}

/** A complete connection. */
export interface Connection {
  readonly host: UserPoolDomain;
  readonly clientId: string;
  /** None for a public client. */
  readonly clientSecret?: string;
  readonly scope: readonly string[];
  /** Parameters that the site adds to the authorize request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Configured or detected. If only the five fields are filled in, there is none until the first login. */
  readonly issuer?: Issuer;
  /** Whether the issuer was detected, instead of configured. */
  readonly detected: boolean;
}

/** Where Strapi runs. Some settings are only for development. */
export interface Deployment {
  /** Whether Strapi's own `url` is on loopback. Only then may the Host URI be on loopback too. */
  readonly onLoopback: boolean;
  /** Whether `NODE_ENV` is `production`. */
  readonly production: boolean;
}

/** A group of the config in which every setting has a value. */
type WithDefaults<Group extends keyof CognitoConfig> = Readonly<
  Required<NonNullable<CognitoConfig[Group]>>
>;

/** The settings that apply: defaults, overridden by what an admin saved, overridden by `config/plugins`. */
export interface Settings {
  readonly enabled: boolean;
  /** `undefined` while something is missing or wrong. {@link Settings.problems} says what. */
  readonly connection?: Connection;
  /** Where the browser goes after a login: a URL, or a path of Strapi's own. */
  readonly frontEndUrl?: string;
  /** The mistakes that prevent logins. */
  readonly problems: readonly SettingsProblem[];
  readonly handoff: WithDefaults<'handoff'>;
  readonly tokens: WithDefaults<'tokens'>;
  readonly users: AccountSettings & { readonly linkMaxAge: number } & Pick<
      NonNullable<CognitoConfig['users']>,
      'resolveRole' | 'mapProfile' | 'beforeCreate'
    >;
  readonly logout: WithDefaults<'logout'>;
  readonly bearer: WithDefaults<'bearer'>;
  readonly http: WithDefaults<'http'>;
  readonly deployment: Deployment;
  /** The row of the Providers page as it is stored, with the client secret. */
  readonly row: ProviderRow;
  /** For the admin page: the same values as they were entered, and the source of each. */
  readonly sources: {
    readonly connection: ConnectionSources;
    /** The source of the connection's issuer, if there is one. */
    readonly issuer: Source;
    readonly accounts: SettingsView['accounts'];
  };
}

/** The values of a connection as they were entered, each with its source. */
export type ConnectionSources = {
  readonly [Key in Exclude<keyof ConnectionConfig, 'scope'>]: EffectiveValue<ConnectionConfig[Key]>;
} & { readonly scope: EffectiveValue<readonly string[]> };

type ConnectionConfig = NonNullable<CognitoConfig['connection']>;

/** Issuers detected at a login, by the origin of the Host URI. */
export type DetectedIssuers = Readonly<Record<string, string>>;

/** The example that users-permissions enters as the Host URI. */
export const PLACEHOLDER_DOMAIN = 'my.subdomain.com';

const trimmedString = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const problemMessages = {
  'callback.missing': 'the redirect URL to the front-end app is missing',
  'callback.invalid':
    'the redirect URL to the front-end app is not a valid URL, is too long, or contains a parameter that a login adds',
  'domain.missing': 'Host URI (Subdomain), the domain of the user pool, is missing',
  'domain.invalid':
    'Host URI (Subdomain) is not a valid domain; expected something like my-app.auth.eu-west-1.amazoncognito.com',
  'domain.loopback':
    "Host URI (Subdomain) is on this computer, but Strapi's own url in config/server is not: this is only for development",
  'domain.secret':
    'the client secret comes from config/plugins, so it is only sent to a custom domain that is also set there: set connection.domain',
  'clientId.missing': 'Client ID is missing',
  'userPool.invalid': 'JWKS URL is not an https URL that ends in /.well-known/jwks.json',
  'userPool.loopback':
    "JWKS URL is on this computer, but Strapi's own url in config/server is not: this is only for development",
} as const;

type ProblemCode = keyof typeof problemMessages;

const PUBLIC: Deployment = { onLoopback: false, production: true };

/** The defaults of the settings on the plugin's page. */
export const DEFAULTS: AccountSettings = {
  requireVerifiedEmail: true,
  linking: 'explicit',
  username: ['preferred_username', 'cognito:username'],
  attributes: [],
  roles: [],
  requiredGroups: [],
  syncOnLogin: true,
};

/**
 * Combines the settings that apply. Never throws: mistakes are in `problems`.
 *
 * @param more `saved`: what was saved on the plugin's page, not validated yet.
 */
export function effectiveSettings(
  config: CognitoConfig,
  row: ProviderRow,
  detected: DetectedIssuers,
  { saved, deployment = PUBLIC }: { saved?: unknown; deployment?: Deployment } = {},
): Settings {
  const tokens: Settings['tokens'] = {
    clockTolerance: 5,
    exchange: true,
    additionalClientIds: [],
    redirectUris: [],
    additionalIssuers: [],
    ...defined(config.tokens),
  };
  const entered = connectionSources(config, row);
  const resolved = resolveConnection(entered, row, detected, deployment, tokens.additionalIssuers);
  const accounts = accountSources(config, saved);
  const enteredUrl = entered.callback.value;
  const frontEndUrl =
    enteredUrl !== undefined && isFrontEndUrl(enteredUrl) ? enteredUrl : undefined;
  if (frontEndUrl === undefined) {
    resolved.codes.unshift(enteredUrl === undefined ? 'callback.missing' : 'callback.invalid');
  }
  const problems: SettingsProblem[] = [
    ...resolved.codes.map((code) => ({ code, message: problemMessages[code] })),
    ...accounts.problems.map((message) => ({ code: 'saved' as const, message })),
  ];
  const { linkMaxAge = 600, resolveRole, mapProfile, beforeCreate } = config.users ?? {};
  return {
    // A script may have stored the text of an environment variable, which users-permissions accepts.
    enabled: Boolean(row.enabled),
    // Each login may name a front-end. If settings that restrict logins cannot be read, no user may log in.
    connection: accounts.problems.length === 0 ? resolved.connection : undefined,
    frontEndUrl,
    problems,
    handoff: { mode: 'code', ttl: 60, ...defined(config.handoff) },
    tokens,
    users: {
      ...accounts.values,
      linkMaxAge,
      ...defined({ resolveRole, mapProfile, beforeCreate }),
    },
    logout: { redirects: defaultRedirects(frontEndUrl), ...defined(config.logout) },
    bearer: { enabled: false, provision: false, ...defined(config.bearer) },
    http: { timeout: 5000, ...defined(config.http) },
    deployment,
    row,
    sources: {
      connection: entered,
      issuer: issuerSource(entered),
      accounts: accounts.sources,
    },
  };
}

/** The value of the config, which locks it, otherwise the stored one, otherwise the default. */
function firstDefined<T>(
  config: T | undefined,
  [source, stored]: readonly [source: Source, value: T | undefined],
  fallback: T,
): EffectiveValue<T> {
  if (config !== undefined) return { value: config, source: 'config', locked: true };
  if (stored !== undefined) return { value: stored, source, locked: false };
  return { value: fallback, source: 'default', locked: false };
}

function connectionSources(config: CognitoConfig, row: ProviderRow): ConnectionSources {
  const { domain, clientId, clientSecret, userPoolId, jwksUrl, callback, scope } =
    config.connection ?? {};
  const orPage = <T>(config: T | undefined, onPage?: unknown) => {
    const page = ['providers-page', trimmedString(onPage)] as const;
    return firstDefined<T | string | undefined>(config, page, undefined);
  };
  return {
    domain: orPage(domain, row.subdomain),
    clientId: orPage(clientId, row.key),
    clientSecret: orPage(clientSecret, row.secret),
    userPoolId: orPage(userPoolId),
    // `userPoolId` of the config names the issuer and the keys, so the JWKS URL of the page is ignored.
    jwksUrl: orPage(jwksUrl, userPoolId === undefined ? row.jwksurl : undefined),
    callback: orPage(callback, row.callback),
    scope: firstDefined(scope, ['providers-page', customScope(row)], DEFAULT_SCOPE),
  };
}

const DEFAULT_SCOPE: readonly string[] = ['openid', 'email', 'profile'];

/** The scopes that code of the site has set; `undefined` for the default, in any order. */
export function customScope({ scope }: Pick<ProviderRow, 'scope'>): readonly string[] | undefined {
  const given = typeof scope === 'string' ? scope.split(' ') : scope;
  if (!Array.isArray(given) || !given.includes('openid')) return undefined;
  const scopes = given.filter((each) => typeof each === 'string');
  const isDefault =
    scopes.length === DEFAULT_SCOPE.length && scopes.every((each) => DEFAULT_SCOPE.includes(each));
  return isDefault ? undefined : scopes;
}

/** Parameters of the authorize request that are the plugin's own. */
const PROTOCOL_PARAMETERS =
  /^(?:client_id|code_challenge|code_challenge_method|nonce|redirect_uri|response_mode|response_type|scope|state)$/;

/** Parameters of the authorize request that code of the site has set. */
export function customParameters(row: Pick<ProviderRow, 'custom_params'>): Record<string, string> {
  const { custom_params: parameters } = row;
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(isObject(parameters) ? parameters : {})) {
    // As in Grant, which leaves out what is falsy.
    const isText = typeof value === 'string' || typeof value === 'number' || value === true;
    if (value && isText && !PROTOCOL_PARAMETERS.test(name)) found[name] = String(value);
  }
  return found;
}

function accountSources({ users = {} }: CognitoConfig, stored: unknown) {
  const { saved, problems } = readSaved(stored);
  const { roles, attributes } = users;
  const config: Partial<AccountSettings> = {
    ...users,
    roles: roles && Object.entries(roles).map(([group, role]) => ({ group, role })),
    attributes:
      attributes && Object.entries(attributes).map(([claim, field]) => ({ claim, field })),
  };
  const keys = Object.keys(DEFAULTS) as (keyof AccountSettings)[];
  const found = keys.map((key) => {
    const value = firstDefined<unknown>(config[key], ['saved', saved[key]], DEFAULTS[key]);
    return [key, value] as const;
  });
  const sources = Object.fromEntries(found) as unknown as SettingsView['accounts'];
  const values = Object.fromEntries(found.map(([key, { value }]) => [key, value])) as unknown;
  // Config files override what was saved, including its mistakes.
  const messages = found.flatMap(([key, { locked }]) => (locked ? [] : (problems[key] ?? [])));
  return { sources, values: values as AccountSettings, problems: [...new Set(messages)] };
}

/** Where the issuer of a connection comes from: the pool id, otherwise a JWKS URL, otherwise a login. */
function issuerSource({ userPoolId, jwksUrl }: ConnectionSources): Source {
  if (userPoolId.value !== undefined) return userPoolId.source;
  return jwksUrl.value === undefined ? 'learned' : jwksUrl.source;
}

/** The origin of the front-end. A custom scheme of an app has none, and neither does a path of Strapi. */
const defaultRedirects = (frontEndUrl = ''): string[] =>
  /^https?:\/\//i.test(frontEndUrl) ? [new URL(frontEndUrl).origin] : [];

/** The connection, unless it has mistakes, and the codes of these. */
function resolveConnection(
  entered: ConnectionSources,
  row: ProviderRow,
  detected: DetectedIssuers,
  deployment: Deployment,
  additionalIssuers: readonly string[],
): { codes: ProblemCode[]; connection?: Connection } {
  const { domain, jwksUrl } = entered;
  const host = parseUserPoolDomain(domain.value ?? '');
  const clientId = entered.clientId.value;
  const configured = configuredIssuer(entered);
  const codes: ProblemCode[] = [];
  if (domain.value === undefined || domain.value === PLACEHOLDER_DOMAIN) {
    codes.push('domain.missing');
  } else if (!host) codes.push('domain.invalid');
  else if (host.loopback && !deployment.onLoopback) codes.push('domain.loopback');
  else if (!maySendSecret(entered, host, deployment)) codes.push('domain.secret');
  if (clientId === undefined) codes.push('clientId.missing');
  if (jwksUrl.value !== undefined && !configured) codes.push('userPool.invalid');
  if (
    configured &&
    isLoopbackHost(new URL(configured.jwksUrl).hostname) &&
    !deployment.onLoopback
  ) {
    codes.push('userPool.loopback');
  }
  if (!host || clientId === undefined || codes.length > 0) return { codes };
  const url = Object.hasOwn(detected, host.origin) && trimmedString(detected[host.origin]);
  const issuer = configured ?? (url ? issuerFromUrl(url) : undefined);
  const connection = {
    host,
    clientId,
    clientSecret: entered.clientSecret.value ?? undefined,
    scope: entered.scope.value,
    parameters: customParameters(row),
    issuer: issuer && { ...issuer, accepted: [...issuer.accepted, ...additionalIssuers] },
    detected: issuer !== undefined && !configured,
  };
  return { codes, connection };
}

/**
 * Whether the client secret may be sent to a host. An admin who edits the Providers page must not be able to send a
 * secret of the config to a domain of their choice, except Cognito's own and, in development, this computer.
 */
function maySendSecret(
  { clientSecret, domain }: ConnectionSources,
  host: UserPoolDomain,
  { onLoopback, production }: Deployment,
): boolean {
  if (clientSecret.value == null || !clientSecret.locked || domain.locked) return true;
  return host.loopback ? onLoopback && !production : host.region !== undefined;
}

/** The configured issuer. With a pool id, a JWKS URL is only another place for the keys. */
function configuredIssuer({ userPoolId, jwksUrl }: ConnectionSources): Issuer | undefined {
  const pool = userPoolId.value === undefined ? undefined : issuerFromUserPoolId(userPoolId.value);
  if (jwksUrl.value === undefined) return pool;
  return pool ? { ...pool, jwksUrl: jwksUrl.value } : issuerFromJwksUrl(jwksUrl.value);
}

/** The connection, for a login that needs one. @throws {CognitoError} `provider_disabled`, `not_configured`. */
export function requireConnection(settings: Settings): Connection {
  if (!settings.enabled) {
    const reason = 'the provider is switched off in the Providers page';
    throw new CognitoError('provider_disabled', reason);
  }
  if (!settings.connection) {
    const messages = settings.problems.map(({ message }) => message);
    throw new CognitoError('not_configured', messages.join('; '));
  }
  return settings.connection;
}

import type { AnySchema } from 'yup';
import type { Claims } from '../protocol/claims';
import { issuerFromJwksUrl } from '../protocol/endpoints';
import { getTypeName } from '../protocol/errors';
import { configSchema, findMistake, isObject } from './schema';

type MaybePromise<T> = T | Promise<T>;

/** A user that is about to be created. */
export interface NewUser {
  username: string;
  email: string;
  provider: 'cognito';
  confirmed: boolean;
  blocked: false;
  /** The id of the role. */
  role: number;
  [field: string]: string | number | boolean;
}

/** How an existing user with the same email may be linked to a Cognito identity. */
export type Linking = 'never' | 'explicit' | 'verified-email';

/** `config/plugins` → `cognito.config`. Everything is optional and overrides what was saved in the admin panel. */
export interface CognitoConfig {
  connection?: {
    /** Prefix domain or custom domain of the user pool. Default: Host URI of the Providers page. */
    domain?: string;
    /** App client id. Default: Client ID of the Providers page. */
    clientId?: string;
    /** App client secret; `null` for a public client. Default: Client Secret of the Providers page. */
    clientSecret?: string | null;
    /** Sets the issuer and the JWKS URL. By default they are detected at the first login. */
    userPoolId?: string;
    /** Another URL for the JWKS. Without `userPoolId`, the issuer is this URL without its well-known path. */
    jwksUrl?: string;
    /** Where the browser goes after the login. Default: redirect URL of the Providers page. */
    callback?: string;
    /** OAuth scopes; must contain `openid`. Default: `openid`, `email`, `profile`. */
    scope?: string[];
  };
  handoff?: {
    /** `code` (the default): a one-time code. `tokens`: Cognito's tokens in the URL, for sites that cannot change yet. */
    mode?: 'code' | 'tokens';
    /** Lifetime of a one-time code, in seconds. Default 60. */
    ttl?: number;
  };
  tokens?: {
    /** Clock tolerance for `exp`, `nbf` and `iat`, in seconds. Default 5. */
    clockTolerance?: number;
    /** Whether clients may exchange tokens and codes that they got from Cognito themselves. Default true. */
    exchange?: boolean;
    /** Other app clients of the pool whose tokens and authorization codes are accepted. */
    additionalClientIds?: string[];
    /**
     * Redirect URIs of the site's own app client, exact matches, whose authorization codes an app may
     * send. Default: none. Codes of `additionalClientIds` need no entry.
     */
    redirectUris?: string[];
    /**
     * Other issuers of the same user pool, such as that of a replica in another region. They are trusted like
     * the pool's own, and their tokens are verified with its keys. Default: none.
     */
    additionalIssuers?: string[];
  };
  users?: {
    /** Require a verified email to create or link an account. Default true. */
    requireVerifiedEmail?: boolean;
    /** Default `explicit`: a logged-in user links the account. */
    linking?: Linking;
    /** Seconds after a login within which the user may link a Cognito account. Default 600. */
    linkMaxAge?: number;
    /** The first of these claims that a token has becomes the username. */
    username?: string[];
    /** Claim → field of the user content type, such as `{ given_name: 'firstName' }`. */
    attributes?: Record<string, string>;
    /** Cognito group → role type; the first match in the order written. */
    roles?: Record<string, string>;
    /** Only users in at least one of these groups may log in. */
    requiredGroups?: string[];
    /** Update verified email, attributes and role from Cognito at each login. Default true. */
    syncOnLogin?: boolean;
    /** Returns a role type; `undefined` falls back to `roles`. */
    resolveRole?: (claims: Claims) => MaybePromise<string | null | undefined>;
    /** Returns more fields of a user, checked like those of `attributes`. */
    mapProfile?: (claims: Claims) => MaybePromise<Record<string, unknown>>;
    /** Called before a user is created. May return more fields, checked in the same way, or throw to refuse the login. */
    beforeCreate?: (
      user: Readonly<NewUser>,
      claims: Claims,
      // A function that only throws returns `void`.
    ) => MaybePromise<Record<string, unknown> | undefined> | MaybePromise<void>;
  };
  logout?: {
    /** Where `/logout` may send the browser, exact matches. Default: the origin of the front-end URL. */
    redirects?: string[];
  };
  bearer?: {
    /** Cognito access tokens as `Authorization: Bearer` on the content API. Default false. */
    enabled?: boolean;
    /** Whether the token of an unknown identity creates a user. Default false: the call is refused. */
    provision?: boolean;
  };
  loginRecords?: {
    /** Days for which logins are listed on the admin page. Default 90. */
    keepDays?: number;
    /** Whether the records and the log lines of refusals contain the email of a login. Default false. */
    keepEmails?: boolean;
  };
  rateLimit?: {
    /** Default: as `ratelimit.enabled` of users-permissions, which is true. */
    enabled?: boolean;
    /** Failed logins that one address may have in a minute, on one instance. Default 30. */
    failures?: number;
  };
  http?: {
    /** Timeout of each call to Cognito, in milliseconds. Default 5000. */
    timeout?: number;
  };
}

type Schemas = {
  readonly [Group in keyof Required<CognitoConfig>]: Readonly<
    Record<keyof NonNullable<CognitoConfig[Group]>, AnySchema>
  >;
};
const schemas: Readonly<Record<string, Readonly<Record<string, AnySchema>>>> =
  configSchema satisfies Schemas;

function findMistakes(group: string, given: unknown): string[] {
  const known = Object.hasOwn(schemas, group) ? schemas[group] : undefined;
  if (!known) return [notASetting(group, schemas)];
  if (given === undefined) return [];
  // It may contain a secret, so it is not shown.
  if (!isObject(given)) return [`"${group}" is of type ${getTypeName(given)}; expected an object`];
  return Object.entries(given).flatMap(([key, value]) => {
    const schema = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!schema) return [notASetting(`${group}.${key}`, known)];
    const mistake = findMistake(schema, value);
    return mistake === undefined ? [] : [`"${group}.${key}" ${mistake}`];
  });
}

const notASetting = (name: string, known: object): string =>
  `"${name}" is not a setting; expected one of ${Object.keys(known).join(', ')}`;

/**
 * Checks `config/plugins` → `cognito.config`.
 *
 * @throws {Error} one message for all mistakes, with each key, its value (never a secret) and what is expected.
 * Strapi puts "Error regarding cognito config:" before it.
 */
export function checkConfig(config: unknown): asserts config is CognitoConfig {
  if (!isObject(config)) throw new Error('expected an object');
  const problems = Object.entries(config).flatMap(([group, given]) => findMistakes(group, given));
  const { connection, handoff, tokens } = config as CognitoConfig;
  const { userPoolId, jwksUrl } = connection ?? {};
  const isWellFormed = problems.length === 0;
  if (isWellFormed && jwksUrl && !userPoolId && !issuerFromJwksUrl(jwksUrl)) {
    problems.push(
      `"connection.jwksUrl" is ${JSON.stringify(jwksUrl)}; expected a URL that ends in ` +
        '"/.well-known/jwks.json", or "connection.userPoolId" beside it',
    );
  }
  const issuers = tokens?.additionalIssuers ?? [];
  if (isWellFormed && userPoolId && !issuers.every((each) => each.endsWith(`/${userPoolId}`))) {
    problems.push(
      `"tokens.additionalIssuers" is ${JSON.stringify(issuers)}; expected issuers of "connection.userPoolId"`,
    );
  }
  if (handoff?.mode === 'tokens' && tokens?.exchange === false) {
    problems.push('"tokens.exchange" is false; expected true, because "handoff.mode" is "tokens"');
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Derives every URL and issuer of a user pool. No other file builds one. */

/** A valid domain of a user pool; Strapi's Providers page calls it Host URI. */
export interface UserPoolDomain {
  /** `https://HOST`, or `http://HOST:PORT` on loopback. */
  readonly origin: string;
  /** The region in a prefix domain; a custom domain has none. */
  readonly region?: string;
  /** On loopback (a stand-in for tests and demos), the issuer is the origin itself. */
  readonly loopback: boolean;
}

/** The issuer of a user pool's tokens. */
export interface Issuer {
  /** The name under which identities of this pool are stored. */
  readonly canonical: string;
  /** Every `iss` that tokens of this pool may have. */
  readonly accepted: readonly string[];
  readonly jwksUrl: string;
}

const JWKS_PATH = '/.well-known/jwks.json';
const PREFIX_DOMAIN = /^[a-z0-9-]+\.auth(?:-fips)?\.([a-z0-9-]+)\.amazoncognito\.com$/;
const COGNITO_ISSUER =
  /^https:\/\/(?:issuer-)?cognito-idp\.([a-z0-9-]+)\.amazonaws\.com\/([a-z0-9-]+)_([0-9A-Za-z]+)$/;
const POOL_ID = /^([a-z]+(?:-[a-z0-9]+)+)_[0-9A-Za-z]+$/;
const MAX_POOL_ID_LENGTH = 55;

/** Whether a host name is on this computer. @see https://www.rfc-editor.org/rfc/rfc8252#section-8.3 */
export const isLoopbackHost = (hostname: string): boolean =>
  /^(?:localhost|\[::1\]|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.test(hostname);

/** Whether a URL is on the browser's own computer. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
export const isBrowserLoopback = ({ hostname }: URL): boolean =>
  isLoopbackHost(hostname) || hostname.endsWith('.localhost');

/** Parses a URL; `undefined` if it is not valid. `URL.canParse` needs a newer Node.js. */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** Parses a URL that must be https, or http on loopback. `undefined` for anything else. */
function parseSafeUrl(text: string): URL | undefined {
  const url = parseUrl(text);
  if (!url) return undefined;
  const safe =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  return safe && url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
}

/**
 * Reads the field "Host URI (Subdomain)": a prefix domain or a custom domain, with or without `https://`, a trailing
 * slash or capitals. `undefined` for anything else, such as a path, an IP address, or plain http not on loopback.
 */
export function parseUserPoolDomain(text: string): UserPoolDomain | undefined {
  const trimmed = text.trim();
  const url = parseSafeUrl(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  if (!url || !/^\/*$/.test(url.pathname) || url.search !== '') return undefined;
  const loopback = isLoopbackHost(url.hostname);
  // A name of several labels, and no IP address: the last label of a name has a letter.
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z0-9-]*[a-z][a-z0-9-]*$/.test(url.hostname);
  if (!loopback && !isName) return undefined;
  return { origin: url.origin, region: PREFIX_DOMAIN.exec(url.hostname)?.[1], loopback };
}

/**
 * The endpoints of a pool's domain.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
 */
export const toEndpoints = ({ origin }: UserPoolDomain) => ({
  authorize: `${origin}/oauth2/authorize`,
  token: `${origin}/oauth2/token`,
  userInfo: `${origin}/oauth2/userInfo`,
  logout: `${origin}/logout`,
});

/**
 * The issuer of a user pool id such as `eu-west-1_AbCdEfGhI`, in both forms that AWS uses; the older one is canonical.
 * `undefined` if the text is not a user pool id.
 */
export function issuerFromUserPoolId(userPoolId: string): Issuer | undefined {
  const region = POOL_ID.exec(userPoolId)?.[1];
  if (!region || userPoolId.length > MAX_POOL_ID_LENGTH) return undefined;
  const canonical = `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
  return {
    canonical,
    accepted: [canonical, `https://issuer-cognito-idp.${region}.amazonaws.com/${userPoolId}`],
    jwksUrl: canonical + JWKS_PATH,
  };
}

/** The region and pool that a Cognito issuer URL names; `undefined` for any other URL. */
export function parseIssuerUrl(issuer: string): { region: string; userPoolId: string } | undefined {
  const [, region, poolRegion, rest] = COGNITO_ISSUER.exec(issuer) ?? [];
  if (!region || region !== poolRegion) return undefined;
  return { region, userPoolId: `${poolRegion}_${rest}` };
}

/** The URL of the issuer's metadata. @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
export const discoveryUrl = ({ canonical }: Issuer): string =>
  `${canonical}/.well-known/openid-configuration`;

/** The issuer of an issuer URL: a Cognito user pool in both its forms, or only that URL. */
export function issuerFromUrl(url: string): Issuer {
  const pool = parseIssuerUrl(url);
  const issuer = pool && issuerFromUserPoolId(pool.userPoolId);
  return issuer ?? { canonical: url, accepted: [url], jwksUrl: url + JWKS_PATH };
}

/**
 * The issuer of a JWKS URL: the URL without `/.well-known/jwks.json`. The keys are fetched from exactly this URL.
 * `undefined` if the URL is not https (http on loopback), or ends differently.
 */
export function issuerFromJwksUrl(text: string): Issuer | undefined {
  const url = parseSafeUrl(text.trim());
  if (url?.search !== '' || !url.pathname.endsWith(JWKS_PATH)) return undefined;
  const jwksUrl = url.origin + url.pathname;
  return { ...issuerFromUrl(jwksUrl.slice(0, -JWKS_PATH.length)), jwksUrl };
}

/** The id of the user pool whose keys are at a URL; `undefined` if that is not Cognito's own. */
export function userPoolIdFromJwksUrl(text: string): string | undefined {
  const issuer = issuerFromJwksUrl(text);
  return issuer && parseIssuerUrl(issuer.canonical)?.userPoolId;
}

/** Whether a URL has the form of a Cognito issuer. A replica's has another region than the pool's id. */
export const isCognitoIssuer = (url: string): boolean => COGNITO_ISSUER.test(url);

/** Whether keys may be fetched from this URL. */
export const isJwksUrl = (text: string): boolean => parseSafeUrl(text.trim()) !== undefined;

/**
 * The issuer of an `iss` that the token endpoint of `host` itself sent, if it can be trusted: one of the two Cognito
 * forms, in the region of a prefix domain; on loopback, the origin. Anything else is refused, so that no token can
 * direct the key lookup to another host.
 *
 * @see https://nvd.nist.gov/vuln/detail/CVE-2023-22893 where keys came from the token's own `iss`
 */
export function trustedIssuer(iss: unknown, host: UserPoolDomain): Issuer | undefined {
  if (typeof iss !== 'string') return undefined;
  if (host.loopback) return iss === host.origin ? issuerFromUrl(iss) : undefined;
  const pool = parseIssuerUrl(iss);
  if (!pool || (host.region && host.region !== pool.region)) return undefined;
  return issuerFromUserPoolId(pool.userPoolId);
}

/** The issuer of the connection, if `iss` names it. Without one yet, any that {@link trustedIssuer} accepts. */
export function matchIssuer(
  iss: unknown,
  { host, issuer = trustedIssuer(iss, host) }: { host: UserPoolDomain; issuer?: Issuer },
): Issuer | undefined {
  return issuer?.accepted.some((each) => each === iss) ? issuer : undefined;
}

import type { Claims } from '../protocol/claims';
import { type Person, personOf } from '../accounts/person';
import {
  type AppClient,
  type AuthorizationCodeGrant,
  type TokenResponse,
  exchangeCode,
} from '../protocol/token-endpoint';
import { toEndpoints, type Issuer, trustedIssuer } from '../protocol/endpoints';
import { CognitoError, quote } from '../protocol/errors';
import type { Http } from '../protocol/http';
import { Jwks } from '../protocol/jwks';
import {
  type VerifyOptions,
  decodeJwt,
  getSubject,
  verifyAccessToken,
  verifyIdToken,
} from '../protocol/verify-token';
import { fetchUserInfo } from '../protocol/user-info';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import { type Strapi } from '../strapi';
import { strapiVersion } from '../strapi-version';

/** Verifies who a person is, with the settings in force. What they become here is for accounts to say. */
export interface LoginService {
  /** The end of the code flow: swaps the code, and validates what comes for this very login. */
  byCode(
    grant: AuthorizationCodeGrant,
    nonce: string,
  ): Promise<{ person: Person; tokens: TokenResponse }>;
  /**
   * The code of an app that ran the authorization itself.
   *
   * @param clientId the app's own client, one of `tokens.additionalClientIds` and public; without it
   * the code is that of the site's client.
   */
  byBroughtCode(grant: AuthorizationCodeGrant, clientId?: string): Promise<Person>;
  /** An id_token that a client brings. */
  byIdToken(idToken: string): Promise<Person>;
  /** A Cognito access token that an API call carries: whose it is, and its claims. */
  verifyBearer(accessToken: string): Promise<BearerProof>;
  /** A Cognito access token that a client brings; userInfo says whose it is. */
  byAccessToken(accessToken: string): Promise<Person>;
}

/** This plugin's service `login`. */
export const loginService = (strapi: Strapi): LoginService =>
  strapi.plugin('cognito').service<LoginService>('login');

/** What an access token says by itself. */
export interface BearerProof {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
}

/**
 * userInfo refuses a token without the scope `openid`. TokenResponse of a login by password or SRP, as
 * Amplify makes by default, have only `aws.cognito.signin.user.admin`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
 */
function checkScope({ scope }: Claims): void {
  if (typeof scope === 'string' && scope.split(' ').includes('openid')) return;
  throw new CognitoError('token_use', `the access token has the scope ${quote(scope)}`, {
    message: 'The access token does not have the scope "openid". Send the id_token instead.',
  });
}

export function createLogin({ strapi }: { strapi: Strapi }): LoginService {
  const keySets = new Map<string, Jwks>();
  // Of the settings last seen: key sets outlive them.
  let timeout = 0;

  const http = (): Http => ({
    fetch: (url, init) => strapiVersion.fetch(strapi, url, init),
    timeout,
  });
  const warn = (message: string) => strapi.log.warn(`[cognito] ${message}`);

  /** Keys are kept by where they come from: settings may change, and change back. */
  const jwksOf = ({ jwksUrl }: Issuer): Jwks => {
    const jwks = keySets.get(jwksUrl) ?? new Jwks(jwksUrl, http, warn);
    keySets.set(jwksUrl, jwks);
    return jwks;
  };

  const configured = async () => {
    const settings = await settingsService(strapi).current();
    timeout = settings.http.timeout;
    return { settings, connection: requireConnection(settings) };
  };

  const poolOf = (
    issuer: Issuer,
    { clientId }: Connection,
    { tokens }: Settings,
  ): VerifyOptions => ({
    issuer,
    jwks: jwksOf(issuer),
    clientIds: [clientId, ...tokens.additionalClientIds],
    clockTolerance: tokens.clockTolerance,
  });

  /** The pool of tokens that clients bring: never learned from them. */
  const knownPool = (connection: Connection, settings: Settings): VerifyOptions => {
    if (connection.issuer) return poolOf(connection.issuer, connection, settings);
    throw new CognitoError(
      'not_configured',
      'the issuer is not known yet: set connection.userPoolId, or log in once by browser or by code',
    );
  };

  /** What userInfo says of the person whom verified claims are about. */
  const userInfoOf = (
    claims: Claims,
    accessToken: string,
    { host }: Connection,
  ): Promise<Claims> => {
    const proxy = strapiVersion.proxyAgent(strapi);
    const call = { timeout, ...(proxy && { proxy }) };
    return fetchUserInfo(toEndpoints(host).userInfo, accessToken, getSubject(claims), call);
  };

  const withEmail = async (
    claims: Claims,
    accessToken: string,
    connection: Connection,
  ): Promise<Claims> => {
    if (claims.email !== undefined) return claims;
    const { email, email_verified } = await userInfoOf(claims, accessToken, connection);
    return { ...claims, email, email_verified };
  };

  /** The issuer of a token that the Host URI itself has just sent, where none is known yet. */
  const learn = (idToken: string, { host }: Connection): Issuer => {
    const { iss } = decodeJwt(idToken).claims;
    const issuer = trustedIssuer(iss, host);
    if (issuer) return issuer;
    throw new CognitoError('token_issuer', `iss is ${quote(iss)}: not of a pool at ${host.origin}`);
  };

  /** The app client of a code that an app brings. */
  const clientOf = (
    connection: Connection,
    { tokens }: Settings,
    clientId = connection.clientId,
  ): AppClient => {
    if (clientId === connection.clientId) return connection;
    if (tokens.additionalClientIds.includes(clientId)) return { clientId };
    throw new CognitoError('token_audience', `client_id is ${quote(clientId)}`);
  };

  const verifyTokens = async (
    { idToken, accessToken }: TokenResponse,
    nonce: string | undefined,
    connection: Connection,
    settings: Settings,
  ): Promise<Person> => {
    const issuer = connection.issuer ?? learn(idToken, connection);
    const pool = poolOf(issuer, connection, settings);
    const claims = await verifyIdToken(idToken, pool, {
      ...(nonce !== undefined && { nonce }),
      accessToken,
    }).catch((error: unknown) => {
      if (connection.learned && error instanceof CognitoError && error.code === 'token_issuer') {
        warn(
          `the issuer was learned at ${connection.host.origin}: if that domain has moved to another ` +
            'user pool, set connection.userPoolId',
        );
      }
      throw error;
    });
    if (!connection.issuer) await settingsService(strapi).pinIssuer(connection.host, issuer);
    return personOf(issuer.canonical, await withEmail(claims, accessToken, connection));
  };

  /** What makes an access token that a client brings good, and the connection it is of. */
  const verifyBrought = async (accessToken: string) => {
    const { settings, connection } = await configured();
    const pool = knownPool(connection, settings);
    const claims = await verifyAccessToken(accessToken, pool);
    return { claims, issuer: pool.issuer.canonical, connection };
  };

  return {
    async byCode(grant, nonce) {
      const { settings, connection } = await configured();
      const { token } = toEndpoints(connection.host);
      const tokens = await exchangeCode(http(), token, connection, grant);
      return { tokens, person: await verifyTokens(tokens, nonce, connection, settings) };
    },

    async byBroughtCode(grant, clientId) {
      const { settings, connection } = await configured();
      const client = clientOf(connection, settings, clientId);
      const { token } = toEndpoints(connection.host);
      const tokens = await exchangeCode(http(), token, client, grant);
      return verifyTokens(tokens, undefined, { ...connection, ...client }, settings);
    },

    async byIdToken(idToken) {
      const { settings, connection } = await configured();
      const pool = knownPool(connection, settings);
      const claims = await verifyIdToken(idToken, pool);
      return personOf(pool.issuer.canonical, claims);
    },

    async verifyBearer(accessToken) {
      const { claims, issuer } = await verifyBrought(accessToken);
      return { issuer, subject: getSubject(claims), claims };
    },

    async byAccessToken(accessToken) {
      const { claims, issuer, connection } = await verifyBrought(accessToken);
      checkScope(claims);
      const attributes = await userInfoOf(claims, accessToken, connection);
      const groups = claims['cognito:groups'];
      const known = {
        ...attributes,
        'cognito:username': claims.username,
        auth_time: claims.auth_time,
        ...(groups !== undefined && { 'cognito:groups': groups }),
      };
      return personOf(issuer, known, false);
    },
  };
}

import { type IdentityKey, type VerifiedIdentity, toIdentity } from '../accounts/verified-identity';
import type { Claims } from '../protocol/claims';
import { type Issuer, toEndpoints, trustedIssuer } from '../protocol/endpoints';
import { CognitoError, quote } from '../protocol/errors';
import type { Http } from '../protocol/http';
import { Jwks } from '../protocol/jwks';
import {
  type AuthorizationCodeGrant,
  type TokenResponse,
  exchangeCode,
} from '../protocol/token-endpoint';
import { fetchUserInfo } from '../protocol/user-info';
import {
  type VerifyOptions,
  decodeJwt,
  getSubject,
  verifyAccessToken,
  verifyIdToken,
} from '../protocol/verify-token';
import { settingsService } from '../settings/service';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import type { Strapi } from '../strapi';
import { strapiVersion } from '../strapi-version';

/** Verifies tokens, and redeems authorization codes, with the settings that apply. */
export interface TokenVerifier {
  /** Redeems the code of a login in the browser. The tokens must belong to that login. */
  redeemAuthorizationCode(
    grant: AuthorizationCodeGrant,
    nonce: string,
  ): Promise<{ identity: VerifiedIdentity; tokens: TokenResponse }>;
  /**
   * Redeems the code of an app that sent the authorize request itself.
   *
   * @param clientId a public client of `tokens.additionalClientIds`; by default the configured client.
   */
  redeemClientCode(grant: AuthorizationCodeGrant, clientId?: string): Promise<VerifiedIdentity>;
  /** Verifies an id_token that a client sends. */
  verifyIdToken(idToken: string): Promise<VerifiedIdentity>;
  /** Verifies the access token of an API call. */
  verifyAccessToken(accessToken: string): Promise<AccessTokenClaims>;
  /** Verifies an access token that a client sends, and fetches the attributes of its user from userInfo. */
  fetchIdentity(accessToken: string): Promise<VerifiedIdentity>;
}

/** A verified access token. */
export interface AccessTokenClaims extends IdentityKey {
  readonly claims: Claims;
}

/** This plugin's service `token-verifier`. */
export const tokenVerifier = (strapi: Strapi): TokenVerifier =>
  strapi.plugin('cognito').service<TokenVerifier>('token-verifier');

export function createTokenVerifier({ strapi }: { strapi: Strapi }): TokenVerifier {
  const keySets = new Map<string, Jwks>();
  // That of the latest settings, because key sets outlive them.
  let timeout = 0;
  const http = (): Http => ({
    fetch: (url, init) => strapiVersion.fetch(strapi, url, init),
    timeout,
  });
  const warn = (message: string) => strapi.log.warn(`[cognito] ${message}`);

  const configure = async () => {
    const settings = await settingsService(strapi).current();
    timeout = settings.http.timeout;
    return { settings, connection: requireConnection(settings) };
  };

  const toVerifyOptions = (
    issuer: Issuer,
    { clientId }: Connection,
    { tokens }: Settings,
  ): VerifyOptions => {
    const { jwksUrl } = issuer;
    const jwks = keySets.get(jwksUrl) ?? new Jwks(jwksUrl, http, warn);
    keySets.set(jwksUrl, jwks);
    const { additionalClientIds, clockTolerance } = tokens;
    return { issuer, jwks, clientIds: [clientId, ...additionalClientIds], clockTolerance };
  };

  /** For tokens that clients send: the issuer is never discovered from them. */
  const requireIssuer = (connection: Connection, settings: Settings): VerifyOptions => {
    if (connection.issuer) return toVerifyOptions(connection.issuer, connection, settings);
    throw new CognitoError(
      'not_configured',
      'the issuer is not known yet: set connection.userPoolId, or log in once by browser or by code',
    );
  };

  const verifyClientAccessToken = async (accessToken: string) => {
    const { settings, connection } = await configure();
    const options = requireIssuer(connection, settings);
    const claims = await verifyAccessToken(accessToken, options);
    return { claims, issuer: options.issuer.canonical, connection };
  };

  const userInfo = (claims: Claims, accessToken: string, { host }: Connection) => {
    const proxy = strapiVersion.proxyAgent(strapi);
    const call = { timeout, ...(proxy && { proxy }) };
    return fetchUserInfo(toEndpoints(host).userInfo, accessToken, getSubject(claims), call);
  };

  /** Redeems a code, and verifies the id_token. The first one tells the issuer, if none is configured. */
  const redeem = async (
    grant: AuthorizationCodeGrant,
    nonce: string | undefined,
    connection: Connection,
    settings: Settings,
  ): Promise<{ identity: VerifiedIdentity; tokens: TokenResponse }> => {
    const { host, issuer: knownIssuer, learned } = connection;
    const tokens = await exchangeCode(http(), toEndpoints(host).token, connection, grant);
    const { idToken, accessToken } = tokens;
    const issuer = knownIssuer ?? discoverIssuer(idToken, connection);
    const options = toVerifyOptions(issuer, connection, settings);
    const expected = { accessToken, ...(nonce !== undefined && { nonce }) };
    const claims = await verifyIdToken(idToken, options, expected).catch((error: unknown) => {
      if (learned && error instanceof CognitoError && error.code === 'token_issuer') {
        warn(
          `the issuer was detected at ${host.origin}: if that domain now belongs to another user pool, ` +
            'set connection.userPoolId',
        );
      }
      throw error;
    });
    if (!knownIssuer) await settingsService(strapi).pinIssuer(host, issuer);
    if (claims.email !== undefined)
      return { tokens, identity: toIdentity(issuer.canonical, claims) };
    const { email, email_verified } = await userInfo(claims, accessToken, connection);
    const identity = toIdentity(issuer.canonical, { ...claims, email, email_verified });
    return { tokens, identity };
  };

  return {
    async redeemAuthorizationCode(grant, nonce) {
      const { settings, connection } = await configure();
      return redeem(grant, nonce, connection, settings);
    },

    async redeemClientCode(grant, clientId) {
      const { settings, connection } = await configure();
      const ofClient = connectionForClient(connection, settings, clientId);
      const { identity } = await redeem(grant, undefined, ofClient, settings);
      return identity;
    },

    async verifyIdToken(idToken) {
      const { settings, connection } = await configure();
      const options = requireIssuer(connection, settings);
      const claims = await verifyIdToken(idToken, options);
      return toIdentity(options.issuer.canonical, claims);
    },

    async verifyAccessToken(accessToken) {
      const { claims, issuer } = await verifyClientAccessToken(accessToken);
      return { issuer, subject: getSubject(claims), claims };
    },

    async fetchIdentity(accessToken) {
      const { claims, issuer, connection } = await verifyClientAccessToken(accessToken);
      checkScope(claims);
      const attributes = await userInfo(claims, accessToken, connection);
      const groups = claims['cognito:groups'];
      const known = {
        ...attributes,
        'cognito:username': claims.username,
        auth_time: claims.auth_time,
        ...(groups !== undefined && { 'cognito:groups': groups }),
      };
      return toIdentity(issuer, known, false);
    },
  };
}

/** The issuer of an id_token that came directly from the token endpoint. */
function discoverIssuer(idToken: string, { host }: Connection): Issuer {
  const { iss } = decodeJwt(idToken).claims;
  const issuer = trustedIssuer(iss, host);
  if (issuer) return issuer;
  throw new CognitoError('token_issuer', `iss is ${quote(iss)}: not of a pool at ${host.origin}`);
}

function connectionForClient(
  connection: Connection,
  { tokens }: Settings,
  clientId = connection.clientId,
): Connection {
  if (clientId === connection.clientId) return connection;
  if (tokens.additionalClientIds.includes(clientId)) {
    // The client secret belongs to the configured client.
    return { ...connection, clientId, clientSecret: undefined };
  }
  throw new CognitoError('token_audience', `client_id is ${quote(clientId)}`);
}

/**
 * userInfo refuses a token without the scope `openid`. Tokens of a login by password or SRP, which is the
 * default of Amplify, have only `aws.cognito.signin.user.admin`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
 */
function checkScope({ scope }: Claims): void {
  if (typeof scope === 'string' && scope.split(' ').includes('openid')) return;
  throw new CognitoError('token_use', `the access token has the scope ${quote(scope)}`, {
    message: 'The access token does not have the scope "openid". Send the id_token instead.',
  });
}

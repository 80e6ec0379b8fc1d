import { type IdentityKey, type VerifiedIdentity, toIdentity } from '../accounts/verified-identity';
import type { Claims } from '../protocol/claims';
import { type Issuer, toEndpoints, trustedIssuer } from '../protocol/endpoints';
import { CognitoError, quote } from '../protocol/errors';
import { Jwks } from '../protocol/jwks';
import {
  type AuthorizationCodeGrant,
  type TokenResponse,
  redeemAuthorizationCode,
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
import { type Strapi, strapiHttp } from '../strapi';
import { strapiVersion } from '../strapi-version';
import { noteClaims } from './login-records';

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

interface Configured {
  readonly settings: Settings;
  readonly connection: Connection;
}

export function createTokenVerifier({ strapi }: { strapi: Strapi }): TokenVerifier {
  const keySets = new Map<string, Jwks>();
  // That of the latest settings, because key sets outlive them.
  let timeout = 0;
  const http = () => strapiHttp(strapi, timeout);
  const warn = (message: string) => strapi.log.warn(`[cognito] ${message}`);

  /** @param clientId of a client that sends a code; by default the configured one. */
  const configure = async (clientId?: string): Promise<Configured> => {
    const settings = await settingsService(strapi).current();
    timeout = settings.http.timeout;
    const connection = requireConnection(settings);
    if (clientId === undefined || clientId === connection.clientId) return { settings, connection };
    if (!settings.tokens.additionalClientIds.includes(clientId)) {
      throw new CognitoError('token_audience', `client_id is ${quote(clientId)}`);
    }
    // The client secret belongs to the configured client.
    return { settings, connection: { ...connection, clientId, clientSecret: undefined } };
  };

  const toOptions = (issuer: Issuer, { settings, connection }: Configured): VerifyOptions => {
    const { jwksUrl } = issuer;
    const jwks = keySets.get(jwksUrl) ?? new Jwks(jwksUrl, http, warn);
    keySets.set(jwksUrl, jwks);
    const { additionalClientIds, clockTolerance } = settings.tokens;
    const clientIds = [connection.clientId, ...additionalClientIds];
    return { issuer, jwks, clientIds, clockTolerance };
  };

  /** For tokens that clients send: the issuer is never detected from them. */
  const requireIssuer = (configured: Configured): VerifyOptions => {
    const { issuer } = configured.connection;
    if (issuer) return toOptions(issuer, configured);
    const reason =
      'the issuer is not known yet: set connection.userPoolId, or log in once by browser or by code';
    throw new CognitoError('not_configured', reason);
  };

  const userInfo = (claims: Claims, accessToken: string, { connection }: Configured) => {
    const proxy = strapiVersion.proxyAgent(strapi);
    const call = { timeout, ...(proxy && { proxy }) };
    const { userInfo: endpoint } = toEndpoints(connection.host);
    return fetchUserInfo(endpoint, accessToken, getSubject(claims), call);
  };

  /** Redeems a code, and verifies the id_token. The first one tells the issuer, if none is configured. */
  const redeem = async (
    configured: Configured,
    grant: AuthorizationCodeGrant,
    nonce?: string,
  ): Promise<{ identity: VerifiedIdentity; tokens: TokenResponse }> => {
    const { connection } = configured;
    const { host } = connection;
    const tokens = await redeemAuthorizationCode(
      http(),
      toEndpoints(host).token,
      connection,
      grant,
    );
    const { idToken, accessToken } = tokens;
    const issuer = connection.issuer ?? detectIssuer(idToken, host);
    const expected = { accessToken, ...(nonce !== undefined && { nonce }) };
    let claims: Claims;
    try {
      claims = await verifyIdToken(idToken, toOptions(issuer, configured), expected);
    } catch (error) {
      if (connection.detected && error instanceof CognitoError && error.code === 'token_issuer') {
        warn(
          `the issuer was detected at ${host.origin}: if that domain now belongs to another user pool, ` +
            'set connection.userPoolId',
        );
      }
      throw error;
    }
    noteClaims(strapi, claims);
    if (!connection.issuer) await settingsService(strapi).saveDetectedIssuer(host, issuer);
    if (claims.email === undefined) {
      const { email, email_verified } = await userInfo(claims, accessToken, configured);
      claims = { ...claims, email, email_verified };
    }
    return { identity: toIdentity(issuer.canonical, claims), tokens };
  };

  return {
    async redeemAuthorizationCode(grant, nonce) {
      return redeem(await configure(), grant, nonce);
    },

    async redeemClientCode(grant, clientId) {
      const { identity } = await redeem(await configure(clientId), grant);
      return identity;
    },

    async verifyIdToken(idToken) {
      const options = requireIssuer(await configure());
      const claims = await verifyIdToken(idToken, options);
      noteClaims(strapi, claims);
      return toIdentity(options.issuer.canonical, claims);
    },

    async verifyAccessToken(accessToken) {
      const options = requireIssuer(await configure());
      const claims = await verifyAccessToken(accessToken, options);
      return { issuer: options.issuer.canonical, subject: getSubject(claims), claims };
    },

    async fetchIdentity(accessToken) {
      const configured = await configure();
      const options = requireIssuer(configured);
      const claims = await verifyAccessToken(accessToken, options);
      noteClaims(strapi, claims);
      checkScope(claims);
      const attributes = await userInfo(claims, accessToken, configured);
      const groups = claims['cognito:groups'];
      const known = {
        ...attributes,
        'cognito:username': claims.username,
        auth_time: claims.auth_time,
        ...(groups !== undefined && { 'cognito:groups': groups }),
      };
      return toIdentity(options.issuer.canonical, known, false);
    },
  };
}

/** The issuer of an id_token that came directly from the token endpoint. */
function detectIssuer(idToken: string, host: Connection['host']): Issuer {
  const { iss } = decodeJwt(idToken).claims;
  const issuer = trustedIssuer(iss, host);
  if (issuer) return issuer;
  throw new CognitoError('token_issuer', `iss is ${quote(iss)}: not of a pool at ${host.origin}`);
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

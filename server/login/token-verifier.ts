import { type IdentityKey, type VerifiedIdentity, toIdentity } from '../accounts/verified-identity';
import type { Claims } from '../protocol/claims';
import { type Issuer, toEndpoints, trustedIssuer } from '../protocol/endpoints';
import { CognitoError, quote } from '../protocol/errors';
import { Jwks } from '../protocol/jwks';
import {
  type AuthorizationCodeGrant,
  type TokenResponse,
  requestTokens,
} from '../protocol/token-endpoint';
import { fetchUserInfo } from '../protocol/user-info';
import * as jwt from '../protocol/verify-token';
import { currentState } from '../request-state';
import { settingsService } from '../settings/service';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import { type Strapi, strapiHttp } from '../strapi';

type Configured = Settings & { readonly connection: Connection };

/** This plugin's service `token-verifier`. */
export const tokenVerifier = (strapi: Strapi): TokenVerifier =>
  strapi.plugin('cognito').service<TokenVerifier>('token-verifier');

/** Verifies tokens, and redeems authorization codes, with the settings that apply. */
export class TokenVerifier {
  private readonly keySets = new Map<string, Jwks>();
  /** The timeout in the latest settings, in milliseconds. Key sets outlive the settings of their creation. */
  private timeout = 0;

  constructor(private readonly strapi: Strapi) {}

  /**
   * Redeems an authorization code, and verifies the id_token.
   *
   * @param options `nonce` of the authorize request, if the plugin sent it. `clientId` of a public client of
   * `tokens.additionalClientIds`, by default the configured one.
   * @throws {CognitoError} `not_configured`, `provider_disabled`, `token_audience` for an unknown client,
   * `cognito_refused`, `cognito_unavailable`, `email_missing`, and one of the `token_…` codes.
   */
  async redeemCode(
    grant: AuthorizationCodeGrant,
    { nonce, clientId }: { nonce?: string; clientId?: string | undefined } = {},
  ): Promise<{ identity: VerifiedIdentity; tokens: TokenResponse }> {
    const configured = await this.configure(clientId);
    const { connection } = configured;
    const { host } = connection;
    const { token } = toEndpoints(host);
    const tokens = await requestTokens(this.http(), token, connection, grant);
    const { idToken, accessToken } = tokens;
    const issuer = connection.issuer ?? detectIssuer(idToken, host);
    const expected = { accessToken, nonce };
    let claims: Claims;
    try {
      claims = await jwt.verifyIdToken(idToken, this.toOptions(configured, issuer), expected);
    } catch (error) {
      if (connection.detected && error instanceof CognitoError && error.code === 'token_issuer') {
        this.warn(
          `the issuer was detected at ${host.origin}: if that domain now belongs to another user pool, ` +
            'set connection.userPoolId',
        );
      }
      throw error;
    }
    currentState(this.strapi).claims = claims;
    if (!connection.issuer) await settingsService(this.strapi).saveDetectedIssuer(host, issuer);
    if (claims.email === undefined) {
      const { email, email_verified } = await this.userInfo(connection, claims, accessToken);
      claims = { ...claims, email, email_verified };
    }
    return { identity: toIdentity(issuer.canonical, claims), tokens };
  }

  /**
   * Verifies an id_token that a client sends.
   *
   * @throws {CognitoError} `not_configured`, `provider_disabled`, `email_missing`, and one of the `token_…` codes.
   */
  async verifyIdToken(idToken: string): Promise<VerifiedIdentity> {
    const options = this.toOptions(await this.configure());
    const claims = await jwt.verifyIdToken(idToken, options);
    currentState(this.strapi).claims = claims;
    return toIdentity(options.issuer.canonical, claims);
  }

  /**
   * Verifies the access token of an API call.
   *
   * @throws {CognitoError} `not_configured`, `provider_disabled`, and one of the `token_…` codes.
   */
  async verifyAccessToken(accessToken: string): Promise<IdentityKey & { claims: Claims }> {
    const options = this.toOptions(await this.configure());
    const claims = await jwt.verifyAccessToken(accessToken, options);
    return { issuer: options.issuer.canonical, subject: jwt.getSubject(claims), claims };
  }

  /** Verifies an access token that a client sends, and fetches the attributes of its user from userInfo. */
  async fetchIdentity(accessToken: string): Promise<VerifiedIdentity> {
    const configured = await this.configure();
    const options = this.toOptions(configured);
    const claims = await jwt.verifyAccessToken(accessToken, options);
    currentState(this.strapi).claims = claims;
    checkScope(claims);
    const attributes = await this.userInfo(configured.connection, claims, accessToken);
    const groups = claims['cognito:groups'];
    const known = {
      ...attributes,
      'cognito:username': claims.username,
      auth_time: claims.auth_time,
      ...(groups !== undefined && { 'cognito:groups': groups }),
    };
    return toIdentity(options.issuer.canonical, known, false);
  }

  private readonly http = () => strapiHttp(this.strapi, this.timeout);
  private readonly warn = (message: string) => this.strapi.log.warn(`[cognito] ${message}`);

  private async configure(clientId?: string): Promise<Configured> {
    const settings = await settingsService(this.strapi).current();
    this.timeout = settings.http.timeout;
    const connection = requireConnection(settings);
    const isOwn = clientId === undefined || clientId === connection.clientId;
    if (isOwn) return { ...settings, connection };
    if (!settings.tokens.additionalClientIds.includes(clientId)) {
      throw new CognitoError('token_audience', `client_id is ${quote(clientId)}`);
    }
    // The client secret belongs to the configured client.
    return { ...settings, connection: { ...connection, clientId, clientSecret: undefined } };
  }

  /** @param issuer by default the issuer of the connection. It is never detected from tokens that clients send. */
  private toOptions({ tokens, connection }: Configured, issuer = connection.issuer) {
    if (!issuer) {
      const reason =
        'the issuer is not known yet: set connection.userPoolId, or log in once in a browser';
      throw new CognitoError('not_configured', reason);
    }
    const { jwksUrl } = issuer;
    const jwks = this.keySets.get(jwksUrl) ?? new Jwks(jwksUrl, this.http, this.warn);
    this.keySets.set(jwksUrl, jwks);
    const { additionalClientIds, clockTolerance } = tokens;
    const clientIds = [connection.clientId, ...additionalClientIds];
    return { issuer, jwks, clientIds, clockTolerance };
  }

  private userInfo({ host }: Connection, claims: Claims, accessToken: string): Promise<Claims> {
    const endpoint = toEndpoints(host).userInfo;
    return fetchUserInfo(endpoint, accessToken, jwt.getSubject(claims), this.http());
  }
}

/** The issuer of an id_token that came directly from the token endpoint. */
function detectIssuer(idToken: string, host: Connection['host']): Issuer {
  const { iss } = jwt.decodeJwt(idToken).claims;
  const issuer = trustedIssuer(iss, host);
  if (issuer) return issuer;
  throw new CognitoError(
    'token_issuer',
    `iss is ${quote(iss)}, which is not a user pool of ${host.origin}`,
  );
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

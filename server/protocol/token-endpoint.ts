import { CognitoError, quote } from './errors';
import { type Http, type HttpRequest, type JsonResponse, requestJson, unavailable } from './http';

/** The app client. Without a secret it is a public one, which uses only PKCE. */
export interface AppClient {
  readonly clientId: string;
  readonly clientSecret?: string;
}

/** An authorization code, with the parameters of its authorization request. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1 */
export interface AuthorizationCodeGrant {
  readonly code: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
export interface TokenResponse {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
}

const ENDPOINT_NAME = 'the token endpoint';

/**
 * Exchanges an authorization code for tokens.
 *
 * @throws {CognitoError} `cognito_refused` for a 4xx other than 429, with Cognito's `error` in the reason;
 * `cognito_unavailable`.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.5
 */
export async function requestTokens(
  http: Http,
  tokenEndpoint: string,
  client: AppClient,
  grant: AuthorizationCodeGrant,
): Promise<TokenResponse> {
  const init = tokenRequest(client, grant);
  const response = await requestJson(http, ENDPOINT_NAME, tokenEndpoint, init);
  if (response.status >= 300) throw refused(ENDPOINT_NAME, response);
  const { body } = response;
  const { id_token: idToken, access_token: accessToken, refresh_token: refreshToken } = body;
  const isBearer = String(body.token_type).toLowerCase() === 'bearer';
  if (!isToken(idToken) || !isToken(accessToken) || !isBearer) {
    throw unavailable(ENDPOINT_NAME, 'the response has no tokens');
  }
  return { idToken, accessToken, ...(isToken(refreshToken) && { refreshToken }) };
}

/** The request that exchanges a code. */
export function tokenRequest(client: AppClient, grant: AuthorizationCodeGrant): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    code_verifier: grant.codeVerifier,
  });
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
  if (client.clientSecret === undefined) {
    form.set('client_id', client.clientId);
  } else {
    // Cognito expects the plain base64 of id:secret, without the form encoding of RFC 6749.
    const credentials = Buffer.from(`${client.clientId}:${client.clientSecret}`);
    headers.authorization = `Basic ${credentials.toString('base64')}`;
  }
  return { method: 'POST', headers, body: form.toString() };
}

const isToken = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A refusal by Cognito. Its error goes into the log. */
export function refused(endpoint: string, { status, body }: JsonResponse): CognitoError {
  const words = [body.error, body.error_description].filter((word) => word !== undefined);
  const reason = [`${endpoint} answered ${status}`, ...words.map(quote)].join(' ');
  return new CognitoError('cognito_refused', reason);
}

import { CognitoError, quote } from '../protocol/errors';
import type { Settings } from '../settings/settings';

/**
 * Checks the redirect URI of an authorization code that an app sends. The plugin adds the client secret to the token
 * request, which would help anyone who has stolen a code, so the site has to name the redirect URIs. Codes of a
 * public client are exchanged without a secret, and need no entry.
 *
 * @param clientId the client that the app names. Default: the site's own.
 * @throws {CognitoError} `invalid_request`.
 */
export function checkAppRedirectUri(
  { connection, tokens }: Pick<Settings, 'connection' | 'tokens'>,
  redirectUri: string,
  clientId?: string,
): void {
  const isSiteClient = clientId === undefined || clientId === connection?.clientId;
  const isPublic = connection !== undefined && connection.clientSecret === undefined;
  if (!isSiteClient || isPublic || tokens.redirectUris.includes(redirectUri)) return;
  throw new CognitoError(
    'invalid_request',
    `redirect_uri is ${quote(redirectUri)}, which is not in tokens.redirectUris`,
    { message: 'redirect_uri is not one that apps may use here.' },
  );
}

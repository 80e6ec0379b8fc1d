import { CognitoError, quote } from '../protocol/errors';
import type { Settings } from './settings';

/**
 * Checks the redirect URI of an authorization code that an app sends. The secret of the site's own client
 * is added to such a code, so it would help anyone who holds one: only codes of redirect URIs that the site
 * has named are swapped. Codes of a public client are swapped without a secret, and need no entry.
 *
 * @param clientId what the app names as its client; without it the site's own.
 * @throws {CognitoError} `invalid_request`.
 */
export function checkAppRedirectUri(
  { connection, tokens }: Pick<Settings, 'connection' | 'tokens'>,
  redirectUri: string,
  clientId?: string,
): void {
  const ofSite = clientId === undefined || clientId === connection?.clientId;
  const isPublic = connection !== undefined && connection.clientSecret === undefined;
  if (!ofSite || isPublic || tokens.redirectUris.includes(redirectUri)) return;
  throw new CognitoError(
    'invalid_request',
    `redirect_uri is ${quote(redirectUri)}, which is not in tokens.redirectUris`,
    { message: 'redirect_uri is not one that apps may use here.' },
  );
}

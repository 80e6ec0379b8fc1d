// A mobile app opens the sign-in page in the system's browser, receives the authorization code at its
// own redirect URI, and has Strapi exchange it. Its app client is public (no secret) and listed in
// `tokens.additionalClientIds`.
import { createHash, randomBytes } from 'node:crypto';
import { exchangeProof } from 'strapi-plugin-cognito-client';

/**
 * @param {{ api: string, hostUri: string, clientId: string, redirectUri: string }} app
 * @param {(authorizeUrl: string) => Promise<string>} openBrowser opens a URL and returns the one that the browser is
 * redirected to.
 */
export async function login({ api, hostUri, clientId, redirectUri }, openBrowser) {
  const state = randomBytes(16).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email profile',
    state,
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const back = new URL(await openBrowser(`${hostUri}/oauth2/authorize?${query}`)).searchParams;
  if (back.get('state') !== state)
    throw new Error('This redirect does not belong to the login that this app started.');
  if (!back.has('code')) throw new Error(back.get('error_description') ?? back.get('error'));
  return exchangeProof(api, {
    code: back.get('code'),
    code_verifier: verifier,
    redirect_uri: redirectUri,
    client_id: clientId,
  });
}

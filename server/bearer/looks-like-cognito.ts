import { MAX_TOKEN_LENGTH } from '../protocol/verify-token';

/** How far a header may reach into a token. Cognito's has about a hundred characters. */
const MAX_HEADER_LENGTH = 1024;

/**
 * Whether a bearer token may be a Cognito access token: a JWT that says RS256. Strapi's own JWTs say
 * HS256, and its API tokens are no JWTs, so this costs them next to nothing.
 */
export function looksLikeCognito(token: string): boolean {
  const end = token.indexOf('.');
  if (end < 1 || end > MAX_HEADER_LENGTH || token.length > MAX_TOKEN_LENGTH) return false;
  const header = Buffer.from(token.slice(0, end), 'base64url').toString('latin1');
  return /"alg"\s*:\s*"RS256"/.test(header);
}

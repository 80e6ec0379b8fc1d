import { AUTHORIZE_ERRORS } from '../protocol/authorize-errors';
import type { AnyResponse } from '../protocol/http';

/** What Cognito's error page says beside the errors of {@link AUTHORIZE_ERRORS}. */
const PAGE_ERRORS = new Set(['redirect_mismatch', 'invalid_client']);

/** What the authorize endpoint thinks of a request. */
export type AuthorizeVerdict =
  /** It lets the person log in, here or at an identity provider. */
  | { readonly kind: 'login' }
  /** It says no, on its own page or to the callback URL, which it then knows. */
  | { readonly kind: 'error'; readonly at: 'page' | 'callback'; readonly error: string }
  /** No authorize endpoint answers like that. */
  | { readonly kind: 'strange' };

/** An error's name, where it is one that we know: nothing else of an answer is shown. */
function knownError(error: string | null): string {
  return error !== null && (AUTHORIZE_ERRORS.has(error) || PAGE_ERRORS.has(error))
    ? error
    : 'an unknown error';
}

/** Which error a redirect carries. Cognito also calls an invalid scope an invalid request, and says so beside it. */
function errorIn(parameters: URLSearchParams): string {
  const error = knownError(parameters.get('error'));
  return error === 'invalid_request' && parameters.get('error_description') === 'invalid_scope'
    ? 'invalid_scope'
    : error;
}

/**
 * Judges an answer of the authorize endpoint by where it would send a browser.
 *
 * @param origin of the Host URI.
 * @param redirectUri that the request named.
 */
export function judgeAuthorize(
  { status, location }: AnyResponse,
  origin: string,
  redirectUri: string,
): AuthorizeVerdict {
  if (location === undefined || status < 300 || status >= 400) return { kind: 'strange' };
  let target: URL;
  try {
    target = new URL(location, origin);
  } catch {
    return { kind: 'strange' };
  }
  const callback = new URL(redirectUri);
  if (target.origin === callback.origin && target.pathname === callback.pathname) {
    return target.searchParams.has('error')
      ? { kind: 'error', at: 'callback', error: errorIn(target.searchParams) }
      : { kind: 'strange' };
  }
  if (target.origin === origin && target.pathname === '/error') {
    return { kind: 'error', at: 'page', error: errorIn(target.searchParams) };
  }
  // A pool with one identity provider sends the browser straight there, or to a page of its own.
  return { kind: 'login' };
}

import type { AnyResponse } from '../protocol/http';

/** What the token endpoint refuses a made-up code with. @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
const TOKEN_ERRORS = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
]);

/** What the token endpoint thinks of an app client that brings a made-up code. */
export type TokenVerdict =
  /** `invalid_grant`: the client is right, and only the code is not. */
  | { readonly kind: 'client-good' }
  /** `invalid_client`: wrong credentials. */
  | { readonly kind: 'client-bad' }
  /** `unauthorized_client`, by the reason that Cognito may give for it. */
  | { readonly kind: 'not-allowed'; readonly because: 'redirect' | 'unknown' }
  | { readonly kind: 'error'; readonly error: string }
  /** No token endpoint answers like that. */
  | { readonly kind: 'strange' };

/** Judges the token endpoint's answer to a made-up code. */
export function judgeToken({ status, body }: AnyResponse): TokenVerdict {
  const error = body?.error;
  if (status < 400 || status >= 500 || typeof error !== 'string') return { kind: 'strange' };
  if (error === 'invalid_grant') return { kind: 'client-good' };
  if (error === 'invalid_client') return { kind: 'client-bad' };
  if (error === 'unauthorized_client') {
    const redirect = body?.error_description === 'invalid_redirect';
    return { kind: 'not-allowed', because: redirect ? 'redirect' : 'unknown' };
  }
  return { kind: 'error', error: TOKEN_ERRORS.has(error) ? error : 'an unknown error' };
}

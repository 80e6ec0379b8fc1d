import { type UserPoolDomain, parseUserPoolDomain } from '../protocol/endpoints';
import { AUTHORIZE_ERRORS, quote } from '../protocol/errors';
import type { AnyResponse } from '../protocol/http';
import { type Finding, finding } from './messages';
import type { DiagnosticsRun, Timing } from './run';

/** A domain that responds like the domain of a user pool. */
export interface ProbedDomain {
  readonly host: UserPoolDomain;
  /** For messages. */
  readonly name: string;
  readonly authorize: AuthorizeVerdict;
  /** The response of the token endpoint, or why there was none. */
  readonly token:
    | Exclude<TokenVerdict, { readonly kind: 'unrecognized' }>
    | { readonly kind: 'no-answer'; readonly problem: string };
  readonly timing?: Timing;
}

/** Probes the Host URI, once in a run. The result is its domain, or the finding about it. */
export function probeDomain(run: DiagnosticsRun): Promise<ProbedDomain | Finding> {
  return run.once('domain', () => probe(run));
}

async function probe(run: DiagnosticsRun): Promise<ProbedDomain | Finding> {
  const { domain = '', clientSecret, scope } = run.configured;
  if (run.hasProblem('domain.missing')) return finding('host-uri.missing');
  const host = parseUserPoolDomain(domain);
  if (!host) return finding('host-uri.malformed', { given: quote(domain) });
  const name = new URL(host.origin).host;
  if (run.hasProblem('domain.loopback')) return finding('host-uri.loopback', { host: name });
  if (run.hasProblem('domain.secret')) return finding('host-uri.not-of-config', { host: name });
  if (!(await run.isSafeToFetch(host.origin))) {
    return finding('host-uri.private-address', { host: name });
  }
  const [authorize, token] = await Promise.all([
    run.authorize(host, scope),
    run.token(host, clientSecret ?? undefined),
  ]);
  if ('failure' in authorize) {
    const { kind, ...values } = authorize.failure;
    const { timeout } = run.settings.http;
    return finding(`host-uri.${kind}`, { host: name, timeout, ...values });
  }
  const notCognito = ({ status }: AnyResponse) =>
    finding('host-uri.not-cognito', { host: name, status });
  let tokenVerdict: ProbedDomain['token'];
  if ('failure' in token) {
    tokenVerdict = { kind: 'no-answer', problem: token.failure.problem };
  } else {
    const verdict = judgeToken(token.response);
    if (verdict.kind === 'unrecognized') return notCognito(token.response);
    tokenVerdict = verdict;
  }
  const verdict = judgeAuthorize(authorize.response, host.origin, run.redirectUri);
  // If the token endpoint is Cognito's, the authorize endpoint may refuse without a page.
  const isRefused = authorize.response.status >= 400 && tokenVerdict.kind !== 'no-answer';
  if (verdict.kind === 'unrecognized' && !isRefused) return notCognito(authorize.response);
  const timing = authorize.timing ?? ('timing' in token ? token.timing : undefined);
  return { host, name, authorize: verdict, token: tokenVerdict, timing };
}

/** Errors on Cognito's error page, beside {@link AUTHORIZE_ERRORS}. */
const PAGE_ERRORS = new Set(['redirect_mismatch', 'invalid_client']);

/** How the authorize endpoint judges a request. */
export type AuthorizeVerdict =
  /** The user may log in, here or at an identity provider. */
  | { readonly kind: 'login' }
  /** It refuses, on its own page or with a redirect to the callback URL. With a redirect, that URL is registered. */
  | { readonly kind: 'error'; readonly at: 'page' | 'callback'; readonly error: string }
  /** No authorize endpoint responds like that. */
  | { readonly kind: 'unrecognized' };

/** The name of the error in a redirect, if it is a known one: no other text of a response is shown. */
function parseError(parameters: URLSearchParams): string {
  const error = parameters.get('error') ?? '';
  // Cognito also reports an invalid scope as an invalid request.
  if (error === 'invalid_request' && parameters.get('error_description') === 'invalid_scope') {
    return 'invalid_scope';
  }
  return AUTHORIZE_ERRORS.has(error) || PAGE_ERRORS.has(error) ? error : 'an unknown error';
}

/**
 * Judges a response of the authorize endpoint by where it sends the browser.
 *
 * @param origin of the Host URI.
 * @param redirectUri in the request.
 */
export function judgeAuthorize(
  { status, location }: AnyResponse,
  origin: string,
  redirectUri: string,
): AuthorizeVerdict {
  if (location === undefined || status < 300 || status >= 400) return { kind: 'unrecognized' };
  let target: URL;
  try {
    target = new URL(location, origin);
  } catch {
    return { kind: 'unrecognized' };
  }
  const callback = new URL(redirectUri);
  if (target.origin === callback.origin && target.pathname === callback.pathname) {
    return target.searchParams.has('error')
      ? { kind: 'error', at: 'callback', error: parseError(target.searchParams) }
      : { kind: 'unrecognized' };
  }
  if (target.origin === origin && target.pathname === '/error') {
    return { kind: 'error', at: 'page', error: parseError(target.searchParams) };
  }
  // A pool with one identity provider redirects straight to it, otherwise to its own login page.
  return { kind: 'login' };
}

/** Errors of the token endpoint. @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
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

/** How the token endpoint judges an app client that sends an invented code. */
type TokenVerdict =
  /** `invalid_grant`: the client is valid, but the code is not. */
  | { readonly kind: 'client-valid' }
  /** `invalid_client`: wrong credentials. */
  | { readonly kind: 'client-invalid' }
  /** `unauthorized_client`, with the reason that Cognito may give. */
  | { readonly kind: 'not-allowed'; readonly because: 'redirect' | 'unknown' }
  | { readonly kind: 'error'; readonly error: string }
  /** No token endpoint responds like that. */
  | { readonly kind: 'unrecognized' };

/** Judges the token endpoint's response to an invented code. */
export function judgeToken({ status, body }: AnyResponse): TokenVerdict {
  const error = body?.error;
  if (status < 400 || status >= 500 || typeof error !== 'string') return { kind: 'unrecognized' };
  if (error === 'invalid_grant') return { kind: 'client-valid' };
  if (error === 'invalid_client') return { kind: 'client-invalid' };
  if (error === 'unauthorized_client') {
    const redirect = body?.error_description === 'invalid_redirect';
    return { kind: 'not-allowed', because: redirect ? 'redirect' : 'unknown' };
  }
  return { kind: 'error', error: TOKEN_ERRORS.has(error) ? error : 'an unknown error' };
}

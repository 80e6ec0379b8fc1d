import { type UserPoolDomain, parseUrl, parseUserPoolDomain } from '../protocol/endpoints';
import { AUTHORIZE_ERRORS, quote } from '../protocol/errors';
import type { AnyResponse } from '../protocol/http';
import { type Finding, finding } from './messages';
import type { DiagnosticsRun, Timing } from './run';

/** A domain that responds like the domain of a user pool. */
export interface ProbedDomain {
  readonly host: UserPoolDomain;
  readonly name: string;
  readonly authorize: AuthorizeVerdict;
  /** The response of the token endpoint, or why there was none. */
  readonly token: NonNullable<ReturnType<typeof judgeToken>> | { readonly problem: string };
  readonly timing?: Timing;
}

/** Probes the Host URI, once in a run. The result is its domain, or the finding about it. */
export const probeDomain = (run: DiagnosticsRun): Promise<ProbedDomain | Finding> =>
  run.once('domain', () => probe(run));

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
  const notCognito = (status: number) => finding('host-uri.not-cognito', { host: name, status });
  const client =
    'failure' in token ? token.failure : (judgeToken(token.response) ?? token.response.status);
  if (typeof client === 'number') return notCognito(client);
  const verdict = judgeAuthorize(authorize.response, host.origin, run.redirectUri);
  // If the token endpoint is Cognito's, the authorize endpoint may refuse without a page.
  const isRefused = authorize.response.status >= 400 && !('problem' in client);
  if (verdict.kind === 'unrecognized' && !isRefused) return notCognito(authorize.response.status);
  const timing = authorize.timing ?? ('timing' in token ? token.timing : undefined);
  return { host, name, authorize: verdict, token: client, timing };
}

/** @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
const ERRORS: ReadonlySet<string> = new Set([
  ...AUTHORIZE_ERRORS,
  'redirect_mismatch',
  'invalid_client',
  'invalid_grant',
  'unsupported_grant_type',
]);

/** The name of an error, if it is a known one: no other text of a response is shown. */
const nameError = (error: string): string => (ERRORS.has(error) ? error : 'an unknown error');

/** How the authorize endpoint judges a request. */
export type AuthorizeVerdict =
  /** The user may log in, here or at an identity provider. */
  | { readonly kind: 'login' }
  /** It refuses, on its own page or with a redirect to the callback URL. With a redirect, that URL is registered. */
  | { readonly kind: 'error'; readonly at: 'page' | 'callback'; readonly error: string }
  /** No authorize endpoint responds like that. */
  | { readonly kind: 'unrecognized' };

/** The error in a redirect. Cognito also reports an invalid scope as an invalid request. */
function parseError(parameters: URLSearchParams): string {
  const error = parameters.get('error') ?? '';
  const isScope = parameters.get('error_description') === 'invalid_scope';
  return error === 'invalid_request' && isScope ? 'invalid_scope' : nameError(error);
}

/** Judges a response of the authorize endpoint of the Host URI by where it sends the browser. */
export function judgeAuthorize(
  { status, location }: AnyResponse,
  origin: string,
  redirectUri: string,
): AuthorizeVerdict {
  if (location === undefined || status < 300 || status >= 400) return { kind: 'unrecognized' };
  const target = parseUrl(location, origin);
  if (!target) return { kind: 'unrecognized' };
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

/**
 * How the token endpoint judges an app client that sends an invented code: a valid one gets `invalid_grant`.
 *
 * @returns the error, and whether the redirect URI is its reason; `undefined` if no token endpoint responds like that.
 */
export function judgeToken({ status, body }: AnyResponse) {
  const error = body?.error;
  if (status < 400 || status >= 500 || typeof error !== 'string') return undefined;
  return { error: nameError(error), isRedirect: body?.error_description === 'invalid_redirect' };
}

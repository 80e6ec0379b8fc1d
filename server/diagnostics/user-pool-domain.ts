import { type UserPoolDomain, parseUserPoolDomain } from '../protocol/endpoints';
import { AUTHORIZE_ERRORS, quote } from '../protocol/errors';
import type { AnyResponse } from '../protocol/http';
import { type Finding, finding } from './messages';
import type { DiagnosticsRun, ProbeResult, Timing } from './run';

/** A domain that responds as the domain of a user pool does. */
export interface ProbedDomain {
  readonly host: UserPoolDomain;
  /** As it is shown. */
  readonly name: string;
  readonly authorize: AuthorizeVerdict;
  /** Or why the token endpoint did not respond. */
  readonly token: TokenVerdict | { readonly kind: 'no-answer'; readonly problem: string };
  readonly timing?: Timing;
}

/** What was found about the Host URI; the domain if it is valid. */
interface DomainState {
  readonly finding: Finding;
  readonly domain?: ProbedDomain;
}

/** Stands in for a missing client ID: the responses tell a user pool domain from others all the same. */
const NO_CLIENT = 'none';

/** Probes the Host URI, once in a run. */
export function probeDomain(run: DiagnosticsRun): Promise<DomainState> {
  return run.once('domain', () => probe(run));
}

async function probe(run: DiagnosticsRun): Promise<DomainState> {
  const { domain = '', clientId = NO_CLIENT, clientSecret, scope } = run.configured;
  if (run.hasProblem('domain.missing')) return { finding: finding('host-uri.missing') };
  const host = parseUserPoolDomain(domain);
  if (!host) return { finding: finding('host-uri.malformed', { given: quote(domain) }) };
  const name = new URL(host.origin).host;
  if (run.hasProblem('domain.loopback')) {
    return { finding: finding('host-uri.loopback', { host: name }) };
  }
  if (run.hasProblem('domain.secret')) {
    return { finding: finding('host-uri.not-of-config', { host: name }) };
  }
  if (!(await run.isSafeToFetch(host.origin))) {
    return { finding: finding('host-uri.private-address', { host: name }) };
  }
  const [authorize, token] = await Promise.all([
    run.authorize(host, clientId, scope),
    run.token(host, { clientId, ...(typeof clientSecret === 'string' && { clientSecret }) }),
  ]);
  if ('failure' in authorize) {
    const { kind, problem } = authorize.failure;
    const values = { host: name, problem, timeout: run.settings.http.timeout };
    return { finding: finding(`host-uri.${kind}`, values) };
  }
  const { status } = authorize.response;
  if (isUnhealthy(status)) return { finding: finding('host-uri.failing', { host: name, status }) };
  const authorizeVerdict = judgeAuthorize(authorize.response, host.origin, run.redirectUri);
  const tokenVerdict = judgeTokenProbe(token);
  if ('response' in token && tokenVerdict.kind === 'unrecognized') {
    const values = { host: name, status: token.response.status };
    return { finding: finding('host-uri.not-cognito', values) };
  }
  // If the token endpoint is Cognito's, the authorize endpoint may refuse without a page.
  const refused = status >= 400 && tokenVerdict.kind !== 'no-answer';
  if (authorizeVerdict.kind === 'unrecognized' && !refused) {
    return { finding: finding('host-uri.not-cognito', { host: name, status }) };
  }
  const asTyped = domain === name || (host.loopback && domain === host.origin);
  const timing = authorize.timing ?? ('timing' in token ? token.timing : undefined);
  return {
    finding: asTyped
      ? finding('host-uri.good', { host: name })
      : finding('host-uri.put-right', { given: quote(domain), host: name }),
    domain: {
      host,
      name,
      authorize: authorizeVerdict,
      token: tokenVerdict,
      ...(timing && { timing }),
    },
  };
}

/** Whether a host is overloaded or out of order. */
const isUnhealthy = (status: number): boolean => status === 429 || status >= 500;

function judgeTokenProbe(token: ProbeResult): ProbedDomain['token'] {
  if ('failure' in token) return { kind: 'no-answer', problem: token.failure.problem };
  const { status } = token.response;
  return isUnhealthy(status)
    ? { kind: 'no-answer', problem: `HTTP ${status}` }
    : judgeToken(token.response);
}

/** Errors on Cognito's error page, beside {@link AUTHORIZE_ERRORS}. */
const PAGE_ERRORS = new Set(['redirect_mismatch', 'invalid_client']);

/** What the authorize endpoint thinks of a request. */
type AuthorizeVerdict =
  /** The user may log in, here or at an identity provider. */
  | { readonly kind: 'login' }
  /** It refuses, on its own page or by a redirect to the callback URL, which it then knows. */
  | { readonly kind: 'error'; readonly at: 'page' | 'callback'; readonly error: string }
  /** No authorize endpoint responds like that. */
  | { readonly kind: 'unrecognized' };

/** The name of the error in a redirect, if it is a known one: no other text of a response is shown. */
function parseError(parameters: URLSearchParams): string {
  const error = parameters.get('error') ?? '';
  // Cognito calls an invalid scope an invalid request too.
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

/** What the token endpoint thinks of an app client that sends an invented code. */
type TokenVerdict =
  /** `invalid_grant`: the client is valid, and only the code is not. */
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

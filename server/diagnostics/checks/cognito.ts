import { quote } from '../../protocol/errors';
import { type Finding, finding } from '../messages';
import type { DiagnosticsRun, Timing } from '../run';
import {
  type AuthorizeVerdict,
  type ProbedDomain,
  judgeAuthorize,
  judgeToken,
  probeDomain,
} from '../user-pool-domain';
import { isServerUrlBad } from './strapi';

/** Checks that the Host URI is the domain of a user pool, and responds. */
export async function checkHostUri(run: DiagnosticsRun): Promise<Finding> {
  const domain = await probeDomain(run);
  if ('code' in domain) return domain;
  const { host, name } = domain;
  const given = run.configured.domain;
  return given === name || (host.loopback && given === host.origin)
    ? finding('host-uri.good', { host: name })
    : finding('host-uri.put-right', { given: quote(given), host: name });
}

/** The domain, if it knows the app client, for the checks that need both. */
async function probeClient(run: DiagnosticsRun): Promise<ProbedDomain | Finding> {
  if (isServerUrlBad(run)) return finding('skipped.server-url');
  const domain = await probeDomain(run);
  if ('code' in domain) return finding('skipped.host-uri');
  return run.configured.clientId === undefined || isUnknownClient(domain)
    ? finding('skipped.client')
    : domain;
}

/** Checks that the callback URL is registered at the app client. The redirect of the authorize endpoint shows it. */
export async function checkCallbackUrl(run: DiagnosticsRun): Promise<Finding> {
  const { redirectUri: url } = run;
  const domain = await probeClient(run);
  if ('code' in domain) return domain;
  let { authorize } = domain;
  if (isRefused(authorize, 'invalid_scope') && authorize.at === 'page') {
    // Cognito checks the scopes before the URL.
    authorize = await authorizeWith(run, domain, ['openid']);
    if (isRefused(authorize, 'invalid_scope')) return finding('skipped.scopes');
  }
  if (authorize.kind === 'login') return finding('callback-url.good', { url });
  if (authorize.kind === 'unrecognized') {
    return finding('callback-url.refused', { error: 'an unknown error', url });
  }
  const { error, at } = authorize;
  if (error === 'redirect_mismatch') return finding('callback-url.not-registered', { url });
  if (at === 'callback' && ['invalid_scope', 'unauthorized_client'].includes(error)) {
    return finding('callback-url.good', { url });
  }
  return ['unauthorized_client', 'invalid_client'].includes(error)
    ? finding('skipped.client')
    : finding('callback-url.refused', { error, url });
}

/** Checks that the app client may use the scopes. If not, finds out which ones it may not use. */
export async function checkScopes(run: DiagnosticsRun): Promise<Finding> {
  const domain = await probeClient(run);
  if ('code' in domain) return domain;
  const { authorize } = domain;
  if (isRefused(authorize, 'invalid_scope')) {
    const refused = await refusedScopes(run, domain);
    return finding('scopes.not-allowed', { refused: refused.join(', ') });
  }
  if (isRefused(authorize, 'unauthorized_client')) return finding('skipped.client');
  if (authorize.kind !== 'login') return finding('skipped.callback-url');
  const { scope } = run.configured;
  const scopes = scope.join(', ');
  // With only openid, Cognito gives all attributes that the client may read.
  return scope.length > 1 && !scope.includes('email')
    ? finding('scopes.no-email', { scopes })
    : finding('scopes.good', { scopes });
}

/** Checks that the token endpoint accepts the client ID and the client secret. */
export async function checkClient(run: DiagnosticsRun): Promise<Finding> {
  const { clientId, clientSecret } = run.configured;
  const domain = await probeDomain(run);
  if ('code' in domain) return finding('skipped.host-uri');
  if (clientId === undefined) return finding('client.id-missing');
  const { host, authorize, token, name } = domain;
  const hasSecret = typeof clientSecret === 'string';
  if ('problem' in token) {
    return finding('client.no-answer', { host: name, problem: token.problem });
  }
  switch (token.error) {
    case 'invalid_grant':
      if (isRefused(authorize, 'unauthorized_client')) return finding('client.code-grant-off');
      return finding(hasSecret ? 'client.good' : 'client.good-public');
    case 'invalid_client': {
      if (isUnknownClient(domain)) return finding('client.unknown-id');
      if (!hasSecret) return finding('client.secret-missing');
      const asPublic = await run.token(host);
      const isPublicClient =
        'response' in asPublic && judgeToken(asPublic.response)?.error !== 'invalid_client';
      return finding(isPublicClient ? 'client.secret-superfluous' : 'client.secret-wrong');
    }
    case 'unauthorized_client':
      return token.isRedirect || isRefused(authorize, 'redirect_mismatch')
        ? finding('skipped.callback-url')
        : finding('client.code-grant-off');
    default:
      return finding('client.refused', { error: token.error });
  }
}

/** Checks that the two clocks agree well enough for the times in tokens. */
export async function checkClock(run: DiagnosticsRun): Promise<Finding> {
  const domain = await probeDomain(run);
  if ('code' in domain) return finding('skipped.host-uri');
  const { timing, name } = domain;
  return timing
    ? judgeClock(timing, run.settings.tokens.clockTolerance)
    : finding('clock.unknown', { host: name });
}

/** Judges the clock. A clock that is behind stops logins; one that is ahead shortens them. */
export function judgeClock(timing: Timing, tolerance: number): Finding {
  const skew = clockSkew(timing);
  if (Math.abs(skew) <= tolerance) return finding('clock.good');
  const values = { seconds: Math.round(Math.abs(skew)), tolerance };
  return finding(skew < 0 ? 'clock.behind' : 'clock.ahead', values);
}

/**
 * How many seconds our clock is ahead of theirs, at least. Negative if it is behind. The duration of the call and the
 * fraction of a second that `Date` leaves out do not count as skew.
 */
export function clockSkew({ sentAt, receivedAt, date }: Timing): number {
  const least = sentAt - (date + 999);
  const most = receivedAt - date;
  if (least > 0) return least / 1000;
  return most < 0 ? most / 1000 : 0;
}

function isRefused(
  verdict: AuthorizeVerdict,
  error: string,
): verdict is Extract<AuthorizeVerdict, { kind: 'error' }> {
  return verdict.kind === 'error' && verdict.error === error;
}

/** Whether there is no such client. Only the authorize endpoint tells this from a wrong secret: it needs none. */
function isUnknownClient({ authorize, token }: ProbedDomain): boolean {
  if ('problem' in token || token.error !== 'invalid_client') return false;
  if (authorize.kind === 'unrecognized') return true;
  return (
    authorize.kind === 'error' &&
    authorize.at === 'page' &&
    !['redirect_mismatch', 'invalid_scope'].includes(authorize.error)
  );
}

async function authorizeWith(
  run: DiagnosticsRun,
  { host }: ProbedDomain,
  scope: readonly string[],
): Promise<AuthorizeVerdict> {
  const result = await run.authorize(host, scope);
  return 'response' in result
    ? judgeAuthorize(result.response, host.origin, run.redirectUri)
    : { kind: 'unrecognized' };
}

const MAX_TRIED = 10;

/** The scopes that Cognito refuses: each is tried separately with `openid`. All of them if that finds none. */
async function refusedScopes(run: DiagnosticsRun, domain: ProbedDomain) {
  if (isRefused(await authorizeWith(run, domain, ['openid']), 'invalid_scope')) return ['openid'];
  const others = run.configured.scope.filter((each) => each !== 'openid').slice(0, MAX_TRIED);
  const tried = others.map(async (scope) => {
    const verdict = await authorizeWith(run, domain, ['openid', scope]);
    return isRefused(verdict, 'invalid_scope') ? scope : [];
  });
  const refused = (await Promise.all(tried)).flat();
  return refused.length > 0 ? refused : run.configured.scope;
}

import { judgeAuthorize } from '../authorize-answer';
import { judgeClock } from '../clock';
import { type PoolDomain, hostOf } from '../host';
import { type Finding, finding } from '../messages';
import type { Run } from '../run';
import { judgeToken } from '../token-answer';
import { isServerUrlBad } from './strapi';

/** Whether the Host URI is the domain of a user pool, and answers. */
export async function checkHostUri(run: Run): Promise<Finding> {
  return (await hostOf(run)).finding;
}

/** Whether the app client knows the callback URL: where the authorize endpoint sends a browser tells. */
export async function checkCallbackUrl(run: Run): Promise<Finding> {
  const { redirectUri: url } = run;
  if (isServerUrlBad(run)) return finding('skipped.server-url');
  const { domain } = await hostOf(run);
  if (!domain) return finding('skipped.host-uri');
  if (run.given.clientId === undefined || isUnknownClient(domain)) return finding('skipped.client');
  let { authorize } = domain;
  if (isRefused(authorize, 'invalid_scope') && authorize.at === 'page') {
    // The scopes were objected to before the URL was looked at.
    authorize = await authorizeWith(run, domain, ['openid']);
    if (isRefused(authorize, 'invalid_scope')) return finding('skipped.scopes');
  }
  if (authorize.kind === 'login') return finding('callback-url.good', { url });
  if (authorize.kind === 'strange') {
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

/** Whether the app client may use the scopes; if not, which of them. */
export async function checkScopes(run: Run): Promise<Finding> {
  const { scope, clientId } = run.given;
  if (isServerUrlBad(run)) return finding('skipped.server-url');
  const { domain } = await hostOf(run);
  if (!domain) return finding('skipped.host-uri');
  const { authorize } = domain;
  if (clientId === undefined || isUnknownClient(domain)) return finding('skipped.client');
  if (isRefused(authorize, 'invalid_scope')) {
    const refused = await refusedScopes(run, domain);
    return finding('scopes.not-allowed', { refused: refused.join(', ') });
  }
  if (isRefused(authorize, 'unauthorized_client')) return finding('skipped.client');
  if (authorize.kind !== 'login') return finding('skipped.callback-url');
  const scopes = scope.join(', ');
  // With openid alone, Cognito gives all attributes that the client may read.
  return scope.length > 1 && !scope.includes('email')
    ? finding('scopes.no-email', { scopes })
    : finding('scopes.good', { scopes });
}

/** Whether the token endpoint takes the client ID and the client secret. */
export async function checkClient(run: Run): Promise<Finding> {
  const { clientId, clientSecret } = run.given;
  const { domain } = await hostOf(run);
  if (!domain) return finding('skipped.host-uri');
  if (clientId === undefined) return finding('client.id-missing');
  const { host, authorize, token, name } = domain;
  const hasSecret = clientSecret !== undefined;
  switch (token.kind) {
    case 'client-good':
      if (isRefused(authorize, 'unauthorized_client')) return finding('client.code-grant-off');
      return finding(hasSecret ? 'client.good' : 'client.good-public');
    case 'client-bad': {
      if (isUnknownClient(domain)) return finding('client.unknown-id');
      if (!hasSecret) return finding('client.secret-missing');
      const asPublic = await run.token(host, { clientId });
      const superfluous =
        'response' in asPublic && judgeToken(asPublic.response).kind !== 'client-bad';
      return finding(superfluous ? 'client.secret-superfluous' : 'client.secret-wrong');
    }
    case 'not-allowed':
      return token.because === 'redirect' || isRefused(authorize, 'redirect_mismatch')
        ? finding('skipped.callback-url')
        : finding('client.code-grant-off');
    case 'error':
      return finding('client.refused', { error: token.error });
    case 'no-answer':
      return finding('client.no-answer', { host: name, problem: token.problem });
    case 'strange':
      // The host would not have passed for Cognito's.
      return finding('skipped.host-uri');
  }
}

/** Whether the two clocks agree well enough for the times in tokens. */
export async function checkClock(run: Run): Promise<Finding> {
  const { domain } = await hostOf(run);
  if (!domain) return finding('skipped.host-uri');
  const { timing, name } = domain;
  return timing
    ? judgeClock(timing, run.settings.tokens.clockTolerance)
    : finding('clock.unknown', { host: name });
}

type Verdict = PoolDomain['authorize'];

function isRefused(
  verdict: Verdict,
  error: string,
): verdict is Extract<Verdict, { kind: 'error' }> {
  return verdict.kind === 'error' && verdict.error === error;
}

/**
 * Whether the user pool has no client of this ID. A wrong secret makes the token endpoint say the same;
 * the authorize endpoint needs no secret, and knows the client or does not.
 */
function isUnknownClient({ authorize, token }: PoolDomain): boolean {
  if (token.kind !== 'client-bad') return false;
  if (authorize.kind === 'strange') return true;
  return (
    authorize.kind === 'error' &&
    authorize.at === 'page' &&
    !['redirect_mismatch', 'invalid_scope'].includes(authorize.error)
  );
}

async function authorizeWith(
  run: Run,
  { host }: PoolDomain,
  scope: readonly string[],
): Promise<Verdict> {
  const called = await run.authorize(host, run.given.clientId ?? '', scope);
  return 'response' in called
    ? judgeAuthorize(called.response, host.origin, run.redirectUri)
    : { kind: 'strange' };
}

/** How many scopes are tried one by one. */
const MAX_TRIED = 10;

/** Which scopes are objected to, tried one by one beside `openid`; all of them where that says nothing. */
async function refusedScopes(run: Run, domain: PoolDomain): Promise<readonly string[]> {
  if (isRefused(await authorizeWith(run, domain, ['openid']), 'invalid_scope')) return ['openid'];
  const others = run.given.scope.filter((each) => each !== 'openid').slice(0, MAX_TRIED);
  const verdicts = await Promise.all(
    others.map(async (scope) => ({
      scope,
      verdict: await authorizeWith(run, domain, ['openid', scope]),
    })),
  );
  const refused = verdicts.filter(({ verdict }) => isRefused(verdict, 'invalid_scope'));
  return refused.length > 0 ? refused.map(({ scope }) => scope) : run.given.scope;
}

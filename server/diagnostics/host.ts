import { type HostUri, parseHostUri } from '../protocol/endpoints';
import { quote } from '../protocol/errors';
import { PLACEHOLDER_HOST, maySendSecret } from '../settings/settings';
import { type AuthorizeVerdict, judgeAuthorize } from './authorize-answer';
import type { Timing } from './clock';
import { type Finding, finding } from './messages';
import type { Called, Run } from './run';
import { type TokenVerdict, judgeToken } from './token-answer';

/** A domain that behaves like one of a user pool, and what it said. */
export interface PoolDomain {
  readonly host: HostUri;
  /** As it is shown. */
  readonly name: string;
  readonly authorize: AuthorizeVerdict;
  /** Or why the token endpoint gave no answer. */
  readonly token: TokenVerdict | { readonly kind: 'no-answer'; readonly problem: string };
  readonly timing?: Timing;
}

/** What is found of the Host URI; the domain where it is good. */
export interface HostState {
  readonly finding: Finding;
  readonly domain?: PoolDomain;
}

/** Stands in where there is no client ID yet: the host can be told from what it says of any. */
const NO_CLIENT = 'none';

/** Looks at the Host URI, once in a run. */
export function hostOf(run: Run): Promise<HostState> {
  return run.once('host', () => lookAtHost(run));
}

async function lookAtHost(run: Run): Promise<HostState> {
  const { domain, clientId = NO_CLIENT, clientSecret, scope } = run.given;
  if (domain === undefined || domain === PLACEHOLDER_HOST) {
    return { finding: finding('host-uri.missing') };
  }
  const host = parseHostUri(domain);
  if (!host) return { finding: finding('host-uri.malformed', { given: quote(domain) }) };
  const name = new URL(host.origin).host;
  const { deployment, sources } = run.settings;
  if (host.loopback && !deployment.onLoopback) {
    return { finding: finding('host-uri.loopback', { host: name }) };
  }
  if (!maySendSecret(sources.connection, host, deployment)) {
    return { finding: finding('host-uri.not-of-config', { host: name }) };
  }
  if (!(await run.mayAsk(host.origin))) {
    return { finding: finding('host-uri.private-address', { host: name }) };
  }
  const client = { clientId, ...(clientSecret !== undefined && { clientSecret }) };
  const [authorize, token] = await Promise.all([
    run.authorize(host, clientId, scope),
    run.token(host, client),
  ]);
  if ('failure' in authorize) {
    const { kind, problem } = authorize.failure;
    const values = { host: name, problem, timeout: run.settings.http.timeout };
    return { finding: finding(`host-uri.${kind}`, values) };
  }
  const { status } = authorize.response;
  if (isTrouble(status)) return { finding: finding('host-uri.failing', { host: name, status }) };
  const authorizeVerdict = judgeAuthorize(authorize.response, host.origin, run.redirectUri);
  const tokenVerdict = verdictOf(token);
  const notCognito = (of: number) => ({
    finding: finding('host-uri.not-cognito', { host: name, status: of }),
  });
  if ('response' in token && tokenVerdict.kind === 'strange') {
    return notCognito(token.response.status);
  }
  // Where the token endpoint speaks as Cognito's does, the other may refuse without a page.
  const refused = status >= 400 && tokenVerdict.kind !== 'no-answer';
  if (authorizeVerdict.kind === 'strange' && !refused) return notCognito(status);
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

/** Whether a host says that it is not itself at the moment. */
const isTrouble = (status: number): boolean => status === 429 || status >= 500;

function verdictOf(token: Called): PoolDomain['token'] {
  if ('failure' in token) return { kind: 'no-answer', problem: token.failure.problem };
  const { status } = token.response;
  return isTrouble(status)
    ? { kind: 'no-answer', problem: `HTTP ${status}` }
    : judgeToken(token.response);
}

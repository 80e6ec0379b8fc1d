import {
  type UserPoolDomain,
  type Issuer,
  discoveryUrl,
  parseUserPoolDomain,
  parseIssuerUrl,
} from '../../protocol/endpoints';
import { quote } from '../../protocol/errors';
import { countUsableKeys } from '../../protocol/jwks';
import { type Finding, finding } from '../messages';
import type { DiagnosticsRun } from '../run';

/** Checks that the user pool is known, and that the Host URI belongs to it. */
export const checkIssuer = (run: DiagnosticsRun): Promise<Finding> =>
  run.once('issuer', () => judgeIssuer(run));

async function judgeIssuer(run: DiagnosticsRun): Promise<Finding> {
  const { clientId, jwksUrl } = run.configured;
  const given = quote(jwksUrl);
  if (run.hasProblem('userPool.invalid')) return finding('issuer.malformed', { given });
  if (run.hasProblem('userPool.loopback')) return finding('issuer.loopback', { given });
  const { connection, problems } = run.settings;
  if (problems.some(({ code }) => code.startsWith('domain.'))) return finding('skipped.host-uri');
  if (clientId === undefined) return finding('skipped.client');
  if (!connection) return finding('skipped.provider');
  const { host, issuer, detected } = connection;
  if (!issuer) return finding('issuer.not-yet');
  const name = new URL(host.origin).host;
  const region = parseIssuerUrl(issuer.canonical)?.region;
  if (region !== undefined && host.region !== undefined && region !== host.region) {
    return finding('issuer.other-region', {
      issuer: issuer.canonical,
      region,
      host: name,
      hostRegion: host.region,
    });
  }
  const own = await fetchDomain(run, issuer, host);
  if (own === 'none' && detected) {
    return finding('issuer.moved', { issuer: issuer.canonical, host: name });
  }
  if (own !== undefined && own !== 'none' && own !== name) {
    const values = { issuer: issuer.canonical, domain: own, host: name };
    return finding(detected ? 'issuer.moved' : 'issuer.other-pool', values);
  }
  return finding(detected ? 'issuer.learned' : 'issuer.good', { issuer: issuer.canonical });
}

/**
 * The domain in the metadata of a user pool, if it can be compared with the Host URI: a pool has at most one prefix
 * domain and one custom domain, and its metadata contains one of the two. `none`: the pool does not exist.
 */
async function fetchDomain(
  run: DiagnosticsRun,
  issuer: Issuer,
  host: UserPoolDomain,
): Promise<string | undefined> {
  const url = discoveryUrl(issuer);
  if (!(await run.isSafeToFetch(url))) return undefined;
  const result = await run.fetch(url);
  if ('failure' in result) return undefined;
  const { status, body } = result.response;
  if (status === 400 || status === 404) return 'none';
  const endpoint = body?.authorization_endpoint;
  if (status !== 200 || typeof endpoint !== 'string' || !endpoint.endsWith('/oauth2/authorize')) {
    return undefined;
  }
  const own = parseUserPoolDomain(endpoint.slice(0, -'/oauth2/authorize'.length));
  if (!own) return undefined;
  const bothPrefixed = own.region !== undefined && host.region !== undefined;
  return bothPrefixed || (own.loopback && host.loopback) ? new URL(own.origin).host : undefined;
}

/** Checks that the signing keys can be fetched, and that tokens can be verified with them. */
export async function checkJwks(run: DiagnosticsRun): Promise<Finding> {
  const { issuer } = run.settings.connection ?? {};
  const found = await checkIssuer(run);
  if (found.code === 'issuer.not-yet') return finding('skipped.issuer-not-yet');
  if (!issuer || !['issuer.good', 'issuer.learned'].includes(found.code)) {
    return found.code.startsWith('skipped.') ? found : finding('skipped.issuer');
  }
  const { jwksUrl: url } = issuer;
  if (!(await run.isSafeToFetch(url))) return finding('jwks.private-address', { url });
  const result = await run.fetch(url);
  if ('failure' in result) {
    return finding('jwks.unreachable', { url, problem: result.failure.problem });
  }
  const { status, body = {} } = result.response;
  if (status !== 200) return finding('jwks.no-pool', { url, status });
  const count = countUsableKeys(body);
  return count > 0 ? finding('jwks.good', { count, url }) : finding('jwks.no-keys', { url });
}

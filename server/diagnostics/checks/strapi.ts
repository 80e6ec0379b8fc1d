import { connectPrefix } from '../../urls';
import { isLoopback } from '../../protocol/endpoints';
import { quote } from '../../protocol/errors';
import { PROVIDER, usersPermissionsStore } from '../../strapi';
import { type Finding, finding } from '../messages';
import type { RequestFacts } from '../request-facts';
import type { Run } from '../run';

/** The keys in the `.env` of Strapi's example app. */
const EXAMPLE_KEY = /^toBeModified\d*$/;

/** Whether Strapi knows by what address browsers reach it: Cognito must know that one to the letter. */
export function checkServerUrl({ strapi, serverUrl }: Run): Finding {
  const given = strapi.config.get<string | undefined>('server.url') ?? '';
  // What Strapi makes of it, less our own path.
  const url = serverUrl.href.slice(0, serverUrl.href.lastIndexOf(connectPrefix(strapi)));
  if (given === '') {
    const guess = isLoopback(serverUrl.hostname) ? 'server-url.guessed' : 'server-url.missing';
    return finding(guess, { url: serverUrl.origin });
  }
  if (!given.startsWith('http'))
    return finding('server-url.relative', { given: quote(given), url });
  if (serverUrl.protocol === 'https:') return finding('server-url.good', { url: given });
  if (!isLoopback(serverUrl.hostname)) return finding('server-url.not-https', { url: given });
  return finding(
    serverUrl.hostname === 'localhost' ? 'server-url.good' : 'server-url.not-localhost',
    { url: given },
  );
}

/** Whether the address is right enough for what depends on it to be checked. */
export function isServerUrlBad(run: Run): boolean {
  return ['server-url.missing', 'server-url.relative', 'server-url.not-https'].includes(
    checkServerUrl(run).code,
  );
}

/** Whether the cookie of a login can be signed, and whether other providers have their session. */
export async function checkAppKeys(run: Run, { session }: RequestFacts): Promise<Finding> {
  const { keys } = run.strapi.server.app as { keys?: unknown };
  const list: unknown[] = Array.isArray(keys) ? keys : [];
  if (list.length === 0 || list.some((key) => typeof key !== 'string' || key.trim() === '')) {
    return finding('app-keys.missing');
  }
  if (list.some((key) => EXAMPLE_KEY.test(String(key)))) return finding('app-keys.example');
  const others = session ? [] : await otherProviders(run);
  return others.length > 0
    ? finding('app-keys.no-session', { providers: others.join(', ') })
    : finding('app-keys.good');
}

/** Whether cookies reach the browser, judged by how this very request came. */
export async function checkCookies(run: Run, request: RequestFacts): Promise<Finding> {
  const { serverUrl: url } = run;
  const knownWithoutHttps = checkServerUrl(run).code === 'server-url.not-https';
  if (isServerUrlBad(run) && !(knownWithoutHttps && request.https)) {
    return finding('skipped.server-url');
  }
  if (url.protocol === 'http:' && request.https) {
    return finding('cookies.browser-https', { url: url.origin });
  }
  if (url.protocol === 'https:' && !request.https) {
    return finding('cookies.not-https', { url: url.origin });
  }
  if (request.proxied && run.strapi.config.get('server.proxy') !== true) {
    return finding('cookies.proxy-off');
  }
  // Behind a proxy the host is the proxy's affair.
  if (!request.proxied && hostnameOf(request.host) !== url.hostname) {
    return finding('cookies.other-host', { host: quote(request.host), url: url.origin });
  }
  const others = sessionIsSecure(run) && !request.secure ? await otherProviders(run) : [];
  return others.length > 0 && request.session
    ? finding('cookies.session-secure', { providers: others.join(', ') })
    : finding('cookies.good');
}

function hostnameOf(host: string): string | undefined {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** Whether `strapi::session` makes cookies for https only: so it does in production, unless told otherwise. */
function sessionIsSecure({ strapi }: Run): boolean {
  const middlewares = strapi.config.get('middlewares');
  const session = (Array.isArray(middlewares) ? middlewares : []).find(
    (each: unknown) => (each as { name?: unknown } | null)?.name === 'strapi::session',
  ) as { config?: { secure?: unknown } } | undefined;
  return Boolean(session?.config?.secure ?? process.env.NODE_ENV === 'production');
}

/** The providers that are switched on and that Grant serves. */
async function otherProviders({ strapi }: Run): Promise<string[]> {
  const grant = ((await usersPermissionsStore(strapi, 'grant').get({})) ?? {}) as Record<
    string,
    { enabled?: unknown } | null
  >;
  return Object.entries(grant)
    .filter(([name, row]) => name !== PROVIDER && name !== 'email' && row?.enabled === true)
    .map(([name]) => name);
}

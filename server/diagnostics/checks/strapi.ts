import type { Context } from 'koa';
import { connectPrefix } from '../../urls';
import { isLoopbackHost } from '../../protocol/endpoints';
import { quote } from '../../protocol/errors';
import { PROVIDER, usersPermissionsStore } from '../../strapi';
import { type Finding, finding, messages } from '../messages';
import type { DiagnosticsRun } from '../run';

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'];

/** How browsers reach Strapi, according to the admin's request. URLs from a request are never fetched. */
export function readRequestFacts(ctx: Context) {
  const [first = ''] = ctx.get('x-forwarded-proto').split(',', 1);
  // From the header of the first proxy, even if Strapi does not trust it.
  const protocol = first.trim() || /proto="?(https?)/i.exec(ctx.get('forwarded'))?.[1];
  return {
    /** `Host`, with its port. */
    host: ctx.get('host'),
    hostname: ctx.hostname.toLowerCase(),
    /** Whether the browser uses https, as far as headers tell. */
    https: protocol?.toLowerCase() === 'https' || ctx.secure,
    /** Whether Strapi sees the connection as https, which decides about secure cookies. */
    secure: ctx.secure,
    proxied: PROXY_HEADERS.some((name) => ctx.get(name) !== ''),
    session: 'session' in ctx,
  };
}

export type RequestFacts = Readonly<ReturnType<typeof readRequestFacts>>;

/** The keys in the `.env` of Strapi's example app. */
const EXAMPLE_KEY = /^toBeModified\d*$/;

/** Checks that Strapi knows the address that browsers use. Cognito compares it exactly. */
export function checkServerUrl({ strapi, redirectUrl }: DiagnosticsRun): Finding {
  const given = strapi.config.get<string | undefined>('server.url') ?? '';
  // The URL that Strapi builds from it, without the path of the plugin.
  const url = redirectUrl.href.slice(0, redirectUrl.href.lastIndexOf(connectPrefix(strapi)));
  const { protocol, hostname, origin } = redirectUrl;
  const isLocal = isLoopbackHost(hostname);
  if (given === '') {
    return finding(isLocal ? 'server-url.guessed' : 'server-url.missing', { url: origin });
  }
  if (!given.startsWith('http')) {
    return finding('server-url.relative', { given: quote(given), url });
  }
  const values = { url: given };
  if (protocol === 'https:' || hostname === 'localhost') return finding('server-url.good', values);
  return finding(isLocal ? 'server-url.not-localhost' : 'server-url.not-https', values);
}

/** Whether checks that depend on Strapi's URL are pointless. */
export const isServerUrlBad = (run: DiagnosticsRun): boolean =>
  messages[checkServerUrl(run).code].outcome === 'fail';

/** Checks that the login cookie can be signed, and that other providers have their session. */
export async function checkAppKeys(
  run: DiagnosticsRun,
  { session }: RequestFacts,
): Promise<Finding> {
  const { keys } = run.strapi.server.app as { keys?: unknown };
  const list: unknown[] = Array.isArray(keys) ? keys : [];
  if (list.length === 0 || list.some((key) => typeof key !== 'string' || key.trim() === '')) {
    return finding('app-keys.missing');
  }
  if (list.some((key) => EXAMPLE_KEY.test(String(key)))) return finding('app-keys.example');
  const others = session ? [] : await findOtherProviders(run);
  return others.length > 0
    ? finding('app-keys.no-session', { providers: others.join(', ') })
    : finding('app-keys.good');
}

/** Checks that cookies reach the browser, by the headers of this request. */
export async function checkCookies(run: DiagnosticsRun, request: RequestFacts): Promise<Finding> {
  const { redirectUrl: url } = run;
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
  if (request.proxied && (run.strapi.server.app as { proxy?: unknown }).proxy !== true) {
    return finding('cookies.proxy-off');
  }
  // A proxy may replace the host.
  if (!request.proxied && request.hostname !== url.hostname) {
    return finding('cookies.other-host', { host: quote(request.host), url: url.origin });
  }
  const others = sessionIsSecure(run) && !request.secure ? await findOtherProviders(run) : [];
  return others.length > 0 && request.session
    ? finding('cookies.session-secure', { providers: others.join(', ') })
    : finding('cookies.good');
}

/** Whether `strapi::session` creates cookies for https only, which is its default in production. */
function sessionIsSecure({ strapi }: DiagnosticsRun): boolean {
  const middlewares = strapi.config.get('middlewares');
  const session = (Array.isArray(middlewares) ? middlewares : []).find(
    (each: unknown) => (each as { name?: unknown } | null)?.name === 'strapi::session',
  ) as { config?: { secure?: unknown } } | undefined;
  return Boolean(session?.config?.secure ?? process.env.NODE_ENV === 'production');
}

async function findOtherProviders({ strapi }: DiagnosticsRun): Promise<string[]> {
  const grant = ((await usersPermissionsStore(strapi, 'grant').get({})) ?? {}) as Record<
    string,
    { enabled?: unknown } | null
  >;
  return Object.entries(grant)
    .filter(([name, row]) => name !== PROVIDER && name !== 'email' && row?.enabled === true)
    .map(([name]) => name);
}

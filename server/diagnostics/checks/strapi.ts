import type { Context } from 'koa';
import { connectPrefix } from '../../urls';
import { isLoopbackHost } from '../../protocol/endpoints';
import { quote } from '../../protocol/errors';
import { PROVIDER, usersPermissionsStore } from '../../strapi';
import { type Finding, finding } from '../messages';
import type { DiagnosticsRun } from '../run';

/** What the request of the admin tells about how browsers reach Strapi. */
export interface RequestFacts {
  /** `Host`, with its port. */
  readonly host: string;
  /** Whether the browser uses https, as far as headers tell. */
  readonly https: boolean;
  /** Whether Strapi sees the connection as https, which decides about secure cookies. */
  readonly secure: boolean;
  /** Whether a proxy added headers. */
  readonly proxied: boolean;
  /** Whether Strapi's session middleware is there. */
  readonly session: boolean;
}

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'];

/** Reads facts about the connection only: nothing fetches an address of a request. */
export function readRequestFacts(ctx: Context): RequestFacts {
  const [first = ''] = ctx.get('x-forwarded-proto').split(',', 1);
  // What the first proxy says, whether Strapi trusts it or not.
  const protocol = first.trim() || /proto="?(https?)/i.exec(ctx.get('forwarded'))?.[1];
  return {
    host: ctx.get('host'),
    https: protocol?.toLowerCase() === 'https' || ctx.secure,
    secure: ctx.secure,
    proxied: PROXY_HEADERS.some((name) => ctx.get(name) !== ''),
    session: 'session' in ctx,
  };
}

/** The keys in the `.env` of Strapi's example app. */
const EXAMPLE_KEY = /^toBeModified\d*$/;

/** Checks that Strapi knows the address that browsers use. Cognito compares it exactly. */
export function checkServerUrl({ strapi, redirectUrl }: DiagnosticsRun): Finding {
  const given = strapi.config.get<string | undefined>('server.url') ?? '';
  // What Strapi makes of it, without the path of the plugin.
  const url = redirectUrl.href.slice(0, redirectUrl.href.lastIndexOf(connectPrefix(strapi)));
  if (given === '') {
    const guess = isLoopbackHost(redirectUrl.hostname)
      ? 'server-url.guessed'
      : 'server-url.missing';
    return finding(guess, { url: redirectUrl.origin });
  }
  if (!given.startsWith('http'))
    return finding('server-url.relative', { given: quote(given), url });
  if (redirectUrl.protocol === 'https:') return finding('server-url.good', { url: given });
  if (!isLoopbackHost(redirectUrl.hostname)) return finding('server-url.not-https', { url: given });
  return finding(
    redirectUrl.hostname === 'localhost' ? 'server-url.good' : 'server-url.not-localhost',
    { url: given },
  );
}

/** Whether checks that depend on Strapi's address make no sense. */
export function isServerUrlBad(run: DiagnosticsRun): boolean {
  return ['server-url.missing', 'server-url.relative', 'server-url.not-https'].includes(
    checkServerUrl(run).code,
  );
}

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
  if (!request.proxied && parseHostname(request.host) !== url.hostname) {
    return finding('cookies.other-host', { host: quote(request.host), url: url.origin });
  }
  const others = sessionIsSecure(run) && !request.secure ? await findOtherProviders(run) : [];
  return others.length > 0 && request.session
    ? finding('cookies.session-secure', { providers: others.join(', ') })
    : finding('cookies.good');
}

function parseHostname(host: string): string | undefined {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** Whether `strapi::session` creates cookies for https only, which is its default in production. */
function sessionIsSecure({ strapi }: DiagnosticsRun): boolean {
  const middlewares = strapi.config.get('middlewares');
  const session = (Array.isArray(middlewares) ? middlewares : []).find(
    (each: unknown) => (each as { name?: unknown } | null)?.name === 'strapi::session',
  ) as { config?: { secure?: unknown } } | undefined;
  return Boolean(session?.config?.secure ?? process.env.NODE_ENV === 'production');
}

/** The other enabled providers that use Grant. */
async function findOtherProviders({ strapi }: DiagnosticsRun): Promise<string[]> {
  const grant = ((await usersPermissionsStore(strapi, 'grant').get({})) ?? {}) as Record<
    string,
    { enabled?: unknown } | null
  >;
  return Object.entries(grant)
    .filter(([name, row]) => name !== PROVIDER && name !== 'email' && row?.enabled === true)
    .map(([name]) => name);
}

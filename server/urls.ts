import { parseUrl } from './protocol/endpoints';
import { PROVIDER, type Strapi, usersPermissions } from './strapi';

/** Path under which users-permissions starts and ends logins: `/api/connect`. */
export const connectPrefix = (strapi: Strapi): string =>
  `${strapi.config.get<string>('api.rest.prefix')}/connect`;

/**
 * The redirect URI registered at Cognito, as users-permissions shows it to the admin. Always an absolute URL, even if
 * the site has replaced the function that builds it, or Strapi's host (such as `::`) is not valid in a URL.
 */
export function redirectUri(strapi: Strapi): string {
  interface Providers {
    buildRedirectUri?(provider: string): unknown;
  }
  const built = usersPermissions<Providers>(strapi, 'providers').buildRedirectUri?.(PROVIDER);
  const { url, host, port } = strapi.config.get<Record<string, unknown>>('server');
  const path = `${connectPrefix(strapi)}/${PROVIDER}/callback`;
  const bases = [
    url,
    `http://${String(host)}:${String(port)}`,
    `http://[${String(host)}]:${String(port)}`,
  ];
  const own = bases.map((base) => String(base).replace(/\/+$/, '') + path);
  return [built, ...own].find(isWebUrl) ?? `http://0.0.0.0${path}`;
}

const isWebUrl = (text: unknown): text is string =>
  typeof text === 'string' && /^https?:$/.test(parseUrl(text)?.protocol ?? '');

/** The redirect URI, parsed. Its origin is Strapi's own, as browsers see it. */
export const redirectUrl = (strapi: Strapi): URL => new URL(redirectUri(strapi));

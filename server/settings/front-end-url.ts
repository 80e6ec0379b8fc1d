import { defined } from '../defined';
import { parseUrl } from '../protocol/endpoints';

/** Schemes with which a browser runs or reads something instead of opening a front-end. */
const UNSAFE_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:']);

/** Parameters that a login adds; a front-end URL must not have its own. */
const RESERVED = ['access_token', 'id_token', 'refresh_token', 'error', 'error_description'];

/** The longest front-end URL, in characters: a cookie stores it while the browser is at Cognito. */
const MAX_LENGTH = 1024;

/** Whether a login may redirect the browser there: a web address, a path of Strapi, or a custom scheme of an app. */
export const isFrontEndUrl = (text: string): boolean =>
  resolveFrontEndUrl(text, 'http://localhost') !== undefined;

/**
 * The front-end URL as an absolute one.
 *
 * @param base Strapi's own URL, for a callback that is only a path.
 * @returns `undefined` if it is invalid, is too long, or already has a parameter that a login adds.
 */
export function resolveFrontEndUrl(text: string, base: string): URL | undefined {
  const trimmed = text.trim();
  const isPath = trimmed.startsWith('/');
  const url = parseUrl(trimmed, isPath ? base : undefined);
  if (!url) return undefined;
  // A path may name a host: browsers treat "//", "/\\" and "/<tab>/" alike.
  if (isPath && url.origin !== new URL(base).origin) return undefined;
  if (UNSAFE_SCHEMES.has(url.protocol) || url.username !== '' || url.password !== '') {
    return undefined;
  }
  return url.href.length <= MAX_LENGTH && findReservedParameter(url) === undefined
    ? url
    : undefined;
}

/** The first parameter of a URL that a login adds itself. */
export const findReservedParameter = ({ searchParams }: URL): string | undefined =>
  RESERVED.find((name) => searchParams.has(name));

/** Adds the parameters that have a value to a URL. Its own query and fragment stay unchanged, byte for byte. */
export function withParameters(url: URL, parameters: Record<string, string | undefined>): string {
  const given = defined(parameters) as Record<string, string>;
  const added = new URLSearchParams(given).toString().replaceAll('+', '%20');
  const result = new URL(url);
  result.search = result.search === '' ? `?${added}` : `${result.search}&${added}`;
  return result.href;
}

import { origin } from './site';

const isSecure = origin.startsWith('https:');

/** Over https, browsers do not allow other hosts of the domain to set a cookie with this prefix. */
const prefix = isSecure ? '__Host-' : '';

/** The Strapi JWT. No script of a page can read it. */
export const SESSION = `${prefix}session`;

const LOGINS = `${prefix}logins`;

function getCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    // Only space and tab, as browsers do: with `trim()`, other names would match too.
    const [, key, value] = /^[ \t]*([^=]*)=(.*?)[ \t]*$/.exec(pair) ?? [];
    if (key === name) return value;
  }
  return undefined;
}

/** The `state`s of the logins that this browser has started and not ended. */
export function pendingLogins(request: Request): string[] {
  return (getCookie(request, LOGINS) ?? '').split('.').filter((state) => state !== '');
}

/** @param maxAge seconds; without it, the cookie ends with the browser's session. */
export function setCookie(name: string, value: string, maxAge?: number): string {
  return [
    `${name}=${value}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
  ].join('; ');
}

/** The cookie of {@link pendingLogins}: the latest five, for several tabs, for an hour. */
export function setPendingLogins(states: string[]): string {
  return setCookie(LOGINS, states.slice(0, 5).join('.'), states.length > 0 ? 60 * 60 : 0);
}

export function redirect(to: string, ...cookies: string[]): Response {
  const headers = new Headers({
    location: to,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

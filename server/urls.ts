import type { Strapi } from './strapi';

/** Path under which users-permissions starts and ends logins: `/api/connect`. */
export function connectPrefix(strapi: Strapi): string {
  return `${strapi.config.get<string>('api.rest.prefix')}/connect`;
}

/** The redirect URI registered at Cognito, as users-permissions shows it to the admin. */
export function redirectUri(strapi: Strapi): string {
  const providers = strapi
    .plugin('users-permissions')
    .service<{ buildRedirectUri(provider: string): string }>('providers');
  return providers.buildRedirectUri('cognito');
}

/** Strapi's own URL as the browser knows it. */
export function serverUrl(strapi: Strapi): URL {
  return new URL(redirectUri(strapi));
}

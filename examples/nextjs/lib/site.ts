/** Strapi's REST API, for both this server and the browser. */
export const api = process.env.STRAPI_API ?? 'http://localhost:1337/api';

/** The origin of this site in the browser, which a request behind a proxy does not show. */
export const origin = new URL(process.env.SITE_URL ?? 'http://localhost:3000').origin;

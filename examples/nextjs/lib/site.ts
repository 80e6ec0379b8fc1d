/** Strapi's REST API, as both this server and the browser reach it. */
export const api = process.env.STRAPI_API ?? 'http://localhost:1337/api';

/** The origin of this site, as the browser has it: behind a proxy, a request does not tell. */
export const origin = new URL(process.env.SITE_URL ?? 'http://localhost:3000').origin;

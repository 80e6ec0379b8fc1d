/**
 * The versions of Strapi that the plugin is tried with: the lowest, the last with users-permissions'
 * older registry of providers, the first with the newer one, and the highest. (All other tests run on
 * the one that is installed here.)
 */
export const STRAPI_VERSIONS = ['4.24.2', '4.25.22', '4.25.23', '4.26.2'];

/** The last release of each Node that Strapi v4 runs on. */
export const NODE_VERSIONS = ['18.20.8', '20.20.2', '22.23.3'];

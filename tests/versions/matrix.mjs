/**
 * The versions with which each package of the plugin is tested. (All other tests run on the versions that are installed
 * here.)
 */
export const PACKAGES = [
  {
    folder: '.',
    /** The lowest, the last with users-permissions' older registry of providers, the first with the newer one, and the highest. */
    strapi: ['4.24.2', '4.25.22', '4.25.23', '4.26.2'],
    /** The last release of each Node that Strapi 4 runs on. */
    nodes: ['18.20.8', '20.20.2', '22.23.3'],
    router: '^5.3.4',
    styledComponents: '^5.3.3',
  },
  {
    folder: 'strapi-5',
    /** The lowest, and the one that is installed here. */
    strapi: ['5.24.1', '5.54.0'],
    nodes: ['20.20.2', '22.23.3'],
    router: '^6.0.0',
    styledComponents: '^6.0.0',
  },
];

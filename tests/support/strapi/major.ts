import path from 'node:path';

/** The root of the repository. */
export const repositoryRoot = path.resolve(__dirname, '..', '..', '..');

/** The major version of Strapi under test: `STRAPI=5` in the environment, otherwise 4. */
export const strapiMajor = process.env.STRAPI === '5' ? 5 : 4;

/** The folder of the plugin under test. Its `node_modules` have the Strapi that it is tested with. */
export const packageRoot =
  strapiMajor === 5 ? path.join(repositoryRoot, 'strapi-5') : repositoryRoot;

import { join } from 'node:path';
import { repositoryRoot } from '../support/strapi';
import { typeErrors as errorsByPath } from '../support/type-errors';

/**
 * The type errors of some sources, which are JavaScript modules or TypeScript.
 *
 * @param sources by file names that need not exist, such as `config.ts`. They can import the plugin by its name.
 * @param strictNullChecks off for snippets that expect an element to be on the page.
 */
export function typeErrors(
  sources: Record<string, string>,
  { strictNullChecks = false } = {},
): Record<string, string[]> {
  const names = Object.keys(sources);
  const toPath = (name: string) => join(repositoryRoot, 'tests', 'docs', `virtual-${name}`);
  const errors = errorsByPath(
    { texts: new Map(names.map((name) => [toPath(name), sources[name]!])) },
    {
      strictNullChecks,
      // The parameters that Strapi passes to a function have no types.
      noImplicitAny: false,
      esModuleInterop: true,
      paths: {
        'strapi-plugin-cognito/client': [join(repositoryRoot, 'client', 'index.ts')],
        'strapi-plugin-cognito-client': [join(repositoryRoot, 'client', 'index.ts')],
        'strapi-plugin-cognito/config': [join(repositoryRoot, 'server', 'settings', 'config.ts')],
      },
    },
  );
  return Object.fromEntries(names.map((name) => [name, errors.get(toPath(name))!]));
}

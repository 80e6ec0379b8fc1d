import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/strapi';

/** The modules (folders of `server/`) that a module imports; `strapi` for server/strapi.ts and Strapi itself. */
export function importedModules(module: string): Set<string> {
  const folder = join(repositoryRoot, 'server', module);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const targets = names.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return [...text.matchAll(/from '(?:(?:\.\.\/)+([\w-]+)|(@strapi)\/)/g)];
  });
  return new Set(targets.map(([, other, strapi]) => (strapi ? 'strapi' : other!)));
}

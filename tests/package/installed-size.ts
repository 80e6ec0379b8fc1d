import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../support/strapi';

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(path.join(packageRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

/** The folders of these packages and of all their dependencies, from package-lock.json. */
export function findDependencies(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const collect = (name: string, from: string) => {
    const place = findFolder(name, from);
    if (place === undefined || found.has(place)) return;
    found.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[place] ?? {};
    const next = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    for (const each of Object.keys(next)) collect(each, place);
  };
  for (const name of names) collect(name, '');
  return found;
}

/** The folder where Node finds a package that `from` imports. */
function findFolder(name: string, from: string): string | undefined {
  const place = path.posix.join(from, 'node_modules', name);
  if (place in lock.packages) return place;
  if (from === '') return undefined;
  return findFolder(name, from.slice(0, from.lastIndexOf('node_modules')).replace(/\/$/, ''));
}

/** Bytes of the files in a package's folder, without nested packages. */
export function measureFolder(place: string): number {
  const measure = (dir: string): number =>
    readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
      const full = path.join(dir, entry.name);
      if (entry.isDirectory()) return sum + (entry.name === 'node_modules' ? 0 : measure(full));
      return sum + (entry.isFile() ? statSync(full).size : 0);
    }, 0);
  return measure(path.join(packageRoot, place));
}

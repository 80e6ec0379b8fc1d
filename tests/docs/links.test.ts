import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { repositoryRoot } from '../support/strapi';
import { documents, paths } from './markdown';

const exists = (path: string) => existsSync(join(repositoryRoot, path));

const all = [...documents.values()];

describe('links', () => {
  test.each(all.map((document) => [document.path, document] as const))(
    'of %s have targets',
    (path, { links }) => {
      const dead = links.filter(({ target }) => {
        if (target.startsWith('https://')) return false;
        const [file = '', anchor] = target.split('#', 2);
        const to = file === '' ? path : posix.join(dirname(path), file);
        if (!exists(to)) return true;
        return anchor !== undefined && documents.get(to)?.anchors.has(anchor) !== true;
      });
      expect(dead).toEqual([]);
    },
  );

  test('in the index and the README reach every page', () => {
    const pages = paths.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    const listed = documents
      .get('docs/README.md')!
      .links.map(({ target }) => posix.join('docs', target.split('#')[0]!));
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
    const fromReadme = documents.get('README.md')!.links.map(({ target }) => target);
    expect(fromReadme).toContain('docs/README.md');
  });
});

/** Paths in the repository that the docs name. */
const REPOSITORY_PATH = /^(?:admin|client|demo|docs|examples|infra|server|tests|\.ci)\/[\w./-]*$/;
/** A file of server/, as a path relative to it. */
const SERVER_PATH = /^[\w-]+\/[\w-]+\.ts$/;

test.each(all.map((document) => [document.path, document] as const))(
  'files that %s names exist',
  (_, { spans }) => {
    const missing = spans.filter(({ target }) => {
      if (REPOSITORY_PATH.test(target)) return !exists(target);
      return SERVER_PATH.test(target) && !exists(`server/${target}`);
    });
    expect(missing).toEqual([]);
  },
);

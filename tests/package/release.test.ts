/** @needs git */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../support/strapi';

/** A repository with our release script, whose checks and whose npm are the test's. */
let dir: string;

const write = (name: string, text: string) => {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const script = (name: string, ...lines: string[]) => {
  write(name, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path.join(dir, name), 0o755);
};
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
    cwd: dir,
    encoding: 'utf8',
  });
const commit = () => {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Something');
};

/** A tree from which everything may be published. */
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'release-'));
  cpSync(path.join(repositoryRoot, '.ci', 'release.mjs'), path.join(dir, '.ci', 'release.mjs'));
  cpSync(
    path.join(repositoryRoot, '.changeset', 'config.json'),
    path.join(dir, '.changeset', 'config.json'),
  );
  const repository = 'https://example.com/repository.git';
  write('package.json', JSON.stringify({ name: 'a-package', version: '1.2.3', repository }));
  write('client/package.json', JSON.stringify({ name: 'a-client', version: '1.2.3', repository }));
  write('CHANGELOG.md', '# a-package\n\n## 1.2.3\n\n### Minor Changes\n\n- Something\n');
  write('.gitignore', 'said\nbin\n');
  script('.ci/run', 'echo checked >> said');
  script('bin/npm', 'echo "npm $*" >> said');
  git('init', '--quiet', '--initial-branch=main');
  commit();
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function release(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, ['.ci/release.mjs', ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${path.join(dir, 'bin')}:${process.env.PATH ?? ''}`,
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    },
  });
  return { status, stderr };
}

const done = () => {
  try {
    return readFileSync(path.join(dir, 'said'), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

test('what has passed every check is published, and tagged', () => {
  expect(release()).toEqual({ status: 0, stderr: '' });
  expect(done()).toEqual(['checked', 'npm publish ./client', 'npm publish']);
  expect(git('tag').trim()).toBe('v1.2.3');
});

test('a dry run checks all, and publishes nothing', () => {
  expect(release('--dry-run').status).toBe(0);
  const options = '--dry-run --provenance=false';
  expect(done()).toEqual(['checked', `npm publish ./client ${options}`, `npm publish ${options}`]);
  expect(git('tag')).toBe('');
});

test.each<[string, RegExp, () => void]>([
  ['a file not committed', /not clean:\n\?\? new\.txt/, () => write('new.txt', 'x')],
  ['another branch', /branch other; releases are of main/, () => git('checkout', '-qb', 'other')],
  [
    'changes without a version',
    /wait for a version \(some-change\.md\)/,
    () => {
      write('.changeset/some-change.md', '');
      commit();
    },
  ],
  [
    'no section in the changelog',
    /no section 1\.2\.3/,
    () => {
      write('CHANGELOG.md', '## 1.2.30\n');
      commit();
    },
  ],
  ['a version that is out', /v1\.2\.3 is released already/, () => git('tag', 'v1.2.3')],
  [
    'a client of another version',
    /The client has version 1\.2\.2/,
    () => {
      const repository = 'https://example.com/repository.git';
      write(
        'client/package.json',
        JSON.stringify({ name: 'a-client', version: '1.2.2', repository }),
      );
      commit();
    },
  ],
  [
    'no repository of the client',
    /package\.json of a-client has no `repository`/,
    () => {
      write('client/package.json', JSON.stringify({ name: 'a-client', version: '1.2.3' }));
      commit();
    },
  ],
  [
    'no repository',
    /package\.json of a-package has no `repository`/,
    () => {
      write('package.json', JSON.stringify({ name: 'a-package', version: '1.2.3' }));
      commit();
    },
  ],
])('%s: nothing is published, nor checked', (_, reason, spoil) => {
  spoil();
  const { status, stderr } = release();
  expect(status).toBe(1);
  expect(stderr).toMatch(reason);
  expect(done()).toEqual([]);
});

test.each<[string, RegExp, string[]]>([
  ['checks that fail', /\.ci\/run does not pass/, ['echo checked >> said', 'exit 1']],
  [
    'checks that change the tree',
    /have changed the tree/,
    ['echo checked >> said', 'echo x >> CHANGELOG.md'],
  ],
])('%s: nothing is published', (_, reason, lines) => {
  script('.ci/run', ...lines);
  commit();
  const { status, stderr } = release();
  expect(status).toBe(1);
  expect(stderr).toMatch(reason);
  expect(done()).toEqual(['checked']);
  expect(git('tag')).toBe('');
});

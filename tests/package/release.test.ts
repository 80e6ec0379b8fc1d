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

/** A repository with the release script, and with fake checks and a fake npm. */
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

const repository = 'https://example.com/repository.git';
/** The three packages of a release, by folder. */
const MANIFESTS = {
  '.': { name: 'a-package', version: '4.2.3', repository },
  'strapi-5': { name: 'a-package', version: '5.2.3', repository },
  client: { name: 'a-client', version: '4.2.3', repository },
};
const writeManifest = (folder: keyof typeof MANIFESTS, changes: Record<string, unknown> = {}) =>
  write(`${folder}/package.json`, JSON.stringify({ ...MANIFESTS[folder], ...changes }));

/** A tree that can be released. */
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'release-'));
  for (const name of ['.ci/release.mjs', '.ci/version.mjs', '.changeset/config.json']) {
    cpSync(path.join(repositoryRoot, name), path.join(dir, name));
  }
  for (const folder of ['.', 'strapi-5', 'client'] as const) writeManifest(folder);
  write('CHANGELOG.md', '# Changelog\n\n## 4.2.3 and 5.2.3\n\n### Minor Changes\n\n- Something\n');
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

test('what passes every check is published and tagged', () => {
  expect(release()).toEqual({ status: 0, stderr: '' });
  expect(done()).toEqual([
    'checked',
    'npm publish ./client',
    'npm publish ./strapi-5',
    'npm publish --tag strapi-4',
  ]);
  expect(git('tag').trim().split('\n')).toEqual(['v4.2.3', 'v5.2.3']);
});

test('a dry run checks everything, and publishes nothing', () => {
  expect(release('--dry-run').status).toBe(0);
  const options = '--dry-run --provenance=false';
  expect(done()).toEqual([
    'checked',
    `npm publish ./client ${options}`,
    `npm publish ./strapi-5 ${options}`,
    `npm publish --tag strapi-4 ${options}`,
  ]);
  expect(git('tag')).toBe('');
});

test('a new version applies to all three packages, with a changelog section for both majors', () => {
  writeManifest('.', { version: '4.3.0' });
  write('CHANGELOG.md', '# Changelog\n\n## 4.3.0\n\n- New\n\n## 4.2.3 and 5.2.3\n\n- Old\n');
  execFileSync(process.execPath, ['.ci/version.mjs'], { cwd: dir });
  commit();
  expect(readFileSync(path.join(dir, 'CHANGELOG.md'), 'utf8')).toBe(
    '# Changelog\n\n## 4.3.0 and 5.3.0\n\n- New\n\n## 4.2.3 and 5.2.3\n\n- Old\n',
  );
  expect(release()).toEqual({ status: 0, stderr: '' });
  expect(git('tag').trim().split('\n')).toEqual(['v4.3.0', 'v5.3.0']);
});

test.each<[string, RegExp, () => void]>([
  ['an uncommitted file', /not clean:\n\?\? new\.txt/, () => write('new.txt', 'x')],
  [
    'another branch',
    /branch other; releases are made from main/,
    () => git('checkout', '-qb', 'other'),
  ],
  [
    'changes without a version',
    /wait for a version \(some-change\.md\)/,
    () => {
      write('.changeset/some-change.md', '');
      commit();
    },
  ],
  [
    'no section of both versions in the changelog',
    /no section "## 4\.2\.3 and 5\.2\.3"/,
    () => {
      write('CHANGELOG.md', '## 4.2.3\n');
      commit();
    },
  ],
  [
    'a version that is already released',
    /v4\.2\.3 is already released/,
    () => git('tag', 'v4.2.3'),
  ],
  [
    'a version for Strapi 5 that is already released',
    /v5\.2\.3 is already released/,
    () => git('tag', 'v5.2.3'),
  ],
  ...(
    [
      ['a major changeset', '.', { version: '5.0.0' }, /must not be "major"/],
      [
        'another version for Strapi 5',
        'strapi-5',
        { version: '5.2.2' },
        /The package for Strapi 5 has version 5\.2\.2/,
      ],
      [
        'a client of another version',
        'client',
        { version: '4.2.2' },
        /The client has version 4\.2\.2/,
      ],
      ...(['.', 'strapi-5', 'client'] as const).map(
        (folder) =>
          [
            `no repository in ${folder}`,
            folder,
            { repository: undefined },
            RegExp(`- ${path.join(folder, 'package.json')} has no \`repository\``),
          ] as const,
      ),
    ] as const
  ).map(([what, folder, changes, reason]): [string, RegExp, () => void] => [
    what,
    reason,
    () => {
      writeManifest(folder, changes);
      commit();
    },
  ]),
])('%s: nothing is checked or published', (_, reason, change) => {
  change();
  const { status, stderr } = release();
  expect(status).toBe(1);
  expect(stderr).toMatch(reason);
  expect(done()).toEqual([]);
});

test.each<[string, RegExp, string[]]>([
  ['checks that fail', /\.ci\/run fails/, ['echo checked >> said', 'exit 1']],
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

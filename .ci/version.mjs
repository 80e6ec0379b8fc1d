/*
 * The second half of `npm run version`: changesets has set the version of package.json and added a section to
 * CHANGELOG.md. This gives the client the same version, and the package for Strapi 5 the same with 5 as its major. The
 * heading of the section then has both.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const strapi5 = version.replace(/^4\./, '5.');

for (const [folder, wanted] of [
  ['client', version],
  ['strapi-5', strapi5],
]) {
  // This also updates its lock file, if there is one.
  const options = ['--no-git-tag-version', '--allow-same-version'];
  execFileSync('npm', ['version', wanted, ...options], { cwd: join(root, folder) });
}
const changelog = join(root, 'CHANGELOG.md');
const text = readFileSync(changelog, 'utf8');
writeFileSync(changelog, text.replace(`## ${version}\n`, `## ${version} and ${strapi5}\n`));

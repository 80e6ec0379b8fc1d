/*
 * `unpack.mjs FOLDER`: unpacks the Chromium of npm into a folder that is not there yet, with the libraries and the font that a
 * bare Linux lacks. The folder appears when all of it is there.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Text without any font has no height, and what has no height counts as hidden. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts/fonts</dir>
</fontconfig>
`;

const target = process.argv[2];
mkdirSync(dirname(target), { recursive: true });
const folder = mkdtempSync(`${target}-`);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// The package unpacks into the folder for temporary files, and its libraries only on AWS Lambda.
process.env.TMPDIR = folder;
process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs20.x';
const { default: chromium } = await import('@sparticuz/chromium');
await chromium.executablePath();
writeFileSync(join(folder, 'fonts.conf'), FONTS);
try {
  renameSync(folder, target);
} catch (error) {
  // Another process may have been faster.
  if (!existsSync(target)) throw error;
}

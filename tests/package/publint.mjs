// Prints publint's findings for a package's folder as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const [pkgDir] = process.argv.slice(2);
const { messages } = await publint({ pkgDir, pack: false });
const manifest = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'));
const said = messages.map((message) => ({
  code: message.code,
  text: formatMessage(message, manifest, { color: false }),
}));
console.log(JSON.stringify(said));

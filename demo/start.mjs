import { createRequire } from 'node:module';
import { EDITIONS, installIfMissing } from '../tests/support/prepare.mjs';

const require = createRequire(import.meta.url);

// Ctrl-C also reaches npm and the builds; the current step fails, which ends the demo.
let interrupted = false;
const interrupt = () => {
  interrupted = true;
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

try {
  await installIfMissing();
  proceed();
  // From here on, TypeScript can be loaded.
  require('tsx/cjs');
  const { parseOptions, usage } = require('./options.ts');
  const { claimPorts } = require('./ports.ts');
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    process.exit(0);
  }
  // Checked now, and not after a minute of building.
  await claimPorts(options.ports, options.servers);
  const edition = EDITIONS[options.strapi];
  await edition.install();
  proceed();
  await edition.buildPlugin();
  proceed();
  if (options.adminPanel) await edition.buildAdminPanel();
  proceed();
  process.exit(await require('./main.ts').run(options));
} catch (error) {
  if (interrupted) process.exit(0);
  console.error(error.message);
  process.exit(1);
}

function proceed() {
  if (interrupted) process.exit(0);
}

'use strict';

// Runs Strapi for strapi.ts, and ends when that ends or hangs up.

const { createRequire } = require('node:module');
const path = require('node:path');

const strapiPackage = createRequire(path.join(process.cwd(), 'package.json'))('@strapi/strapi');
// Strapi 4 exports the function itself.
const createStrapi = strapiPackage.createStrapi ?? strapiPackage;

// How long the end may take, in ms. A parent that was killed cannot kill us when it takes longer.
const patience = 10_000;

let started;

process.on('SIGINT', () => {}); // Ctrl-C reaches all processes; our parent says when to end.
process.on('disconnect', async () => {
  setTimeout(() => process.exit(1), patience).unref();
  if (started) await started.destroy();
  process.exit(0);
});

createStrapi({ appDir: process.cwd(), distDir: process.cwd() })
  .start()
  .then((strapi) => {
    started = strapi;
    process.send('ready');
  });

'use strict';

// Runs Strapi for strapi.ts, and stops when that process ends or disconnects.

const { createRequire } = require('node:module');
const path = require('node:path');

const strapiPackage = createRequire(path.join(process.cwd(), 'package.json'))('@strapi/strapi');
// Strapi 4 exports the function itself.
const createStrapi = strapiPackage.createStrapi ?? strapiPackage;

// How long the shutdown may take, in ms. A parent that was killed cannot kill this process if it takes longer.
const STOP_TIMEOUT = 10_000;

let started;

process.on('SIGINT', () => {}); // Ctrl-C reaches all processes; the parent says when to stop.
process.on('disconnect', async () => {
  setTimeout(() => process.exit(1), STOP_TIMEOUT).unref();
  if (started) await started.destroy();
  process.exit(0);
});

createStrapi({ appDir: process.cwd(), distDir: process.cwd() })
  .start()
  .then((strapi) => {
    started = strapi;
    process.send('ready');
  });

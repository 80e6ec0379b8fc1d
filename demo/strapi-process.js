'use strict';

// Runs Strapi for strapi.ts, and ends when that ends or hangs up.

const createStrapi = require('@strapi/strapi');

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

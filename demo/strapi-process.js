'use strict';

// Runs Strapi for strapi.ts, and ends when that ends or hangs up.

const createStrapi = require('@strapi/strapi');

let started;

process.on('SIGINT', () => {}); // Ctrl-C reaches all processes; our parent says when to end.
process.on('disconnect', async () => {
  if (started) await started.destroy();
  process.exit(0);
});

createStrapi({ appDir: process.cwd(), distDir: process.cwd() })
  .start()
  .then((strapi) => {
    started = strapi;
    process.send('ready');
  });

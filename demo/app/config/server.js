'use strict';

module.exports = ({ env }) => ({
  // Loopback only: anybody who reaches the stand-in pool can sign in as anybody.
  host: env('HOST', 'localhost'),
  port: env.int('PORT', 1337),
  // Absolute while it runs, as the callback URL given to Cognito is made from it. Empty while the
  // admin panel is built, so that one build works on every port.
  url: env('PUBLIC_URL', ''),
  app: { keys: env.array('APP_KEYS') },
});

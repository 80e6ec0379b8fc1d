'use strict';

const path = require('node:path');

module.exports = ({ env }) => ({
  'users-permissions': {
    config: { jwtSecret: env('JWT_SECRET') },
  },
  cognito: {
    enabled: true,
    // Absolute, as Strapi tries a relative path from its own files first. An app that has
    // installed the plugin from npm leaves this line out.
    resolve: path.resolve(__dirname, '..', '..', '..'),
    // What is set here is locked on the admin page.
    config: env.json('COGNITO_CONFIG', {}),
  },
});

'use strict';

module.exports = [
  'strapi::logger',
  'strapi::errors',
  'strapi::security',
  'strapi::cors',
  'strapi::poweredBy',
  'strapi::query',
  'strapi::body',
  // In production Strapi sends the session cookie over https only, and the demo is plain http.
  { name: 'strapi::session', config: { secure: false, sameSite: 'lax' } },
  'strapi::favicon',
  'strapi::public',
];

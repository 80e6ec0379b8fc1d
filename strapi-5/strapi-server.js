module.exports = require('./dist/strapi-server');

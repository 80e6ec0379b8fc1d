'use strict';

const { addBlocked, addNotes, addRoles } = require('./example');

module.exports = {
  async bootstrap({ strapi }) {
    await addNotes(strapi);
    await addRoles(strapi);
    await addBlocked(strapi);
  },
};

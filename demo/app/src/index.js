'use strict';

const { addNotes, allowNotes } = require('./example');

module.exports = {
  async bootstrap({ strapi }) {
    await addNotes(strapi);
    await allowNotes(strapi);
  },
};

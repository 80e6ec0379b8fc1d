/** The plugin's id in Strapi: the key in `config/plugins`, and the prefix of its texts and URLs. */
export const pluginId = 'cognito';

/** Where the page is in the admin panel. */
export const pagePath = '/settings/users-permissions/aws-cognito';

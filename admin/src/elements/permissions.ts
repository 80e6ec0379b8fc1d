/** Permissions in the form that Strapi's own components expect. Strapi 5 requires all of these properties. */
export const permissionsFor = (actions: readonly string[]) =>
  actions.map((action) => ({
    action,
    subject: null,
    id: 0,
    actionParameters: {},
    properties: {},
    conditions: [],
  }));

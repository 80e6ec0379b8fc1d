/** Permissions as Strapi's own components are asked for them; Strapi 5 wants all of these properties. */
export const permissionsFor = (actions: readonly string[]) =>
  actions.map((action) => ({
    action,
    subject: null,
    id: 0,
    actionParameters: {},
    properties: {},
    conditions: [],
  }));

/** The part of Strapi's admin application that a plugin registers with. */
interface AdminApp {
  registerPlugin(plugin: { id: string; name: string }): void;
}

/** Makes the plugin known to the admin panel; its switch is the row `cognito` of the Providers page. */
export default {
  register(app: AdminApp): void {
    app.registerPlugin({ id: 'cognito', name: 'AWS Cognito' });
  },
};

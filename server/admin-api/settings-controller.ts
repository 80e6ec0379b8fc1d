import type { Context } from 'koa';
import { type Strapi, service } from '../strapi';
import { checkChange } from './settings-change';
import { settingsView } from './settings-view';

export function createAdminSettingsController({ strapi }: { strapi: Strapi }) {
  const settings = () => service(strapi, 'settings');

  const show = async (ctx: Context) => {
    ctx.body = await settingsView(strapi, await settings().current());
  };

  return {
    read: show,
    async update(ctx: Context) {
      const { body } = ctx.request as { body?: unknown };
      await settings().save(await checkChange(strapi, body, await settings().current()));
      await show(ctx);
    },
    async forgetIssuer(ctx: Context) {
      await settings().forgetIssuer();
      await show(ctx);
    },
  };
}

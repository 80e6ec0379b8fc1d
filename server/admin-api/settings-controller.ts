import type { Context } from 'koa';
import { isObject } from '../settings/schema';
import { settingsService } from '../settings/service';
import { type Strapi } from '../strapi';
import type { Action } from '../admin-contract';
import { checkChange, checkConnectionChange } from './changes';
import { settingsView } from './settings-view';

/** The permission to change what the roles of users-permissions may do. To map a role is to give it to users. */
const EDIT_ROLES = 'plugin::users-permissions.roles.update';

/** Koa's context with a response method that Strapi adds to it. */
type AdminContext = Context & { forbidden(message: string): void };

export function createAdminSettingsController({ strapi }: { strapi: Strapi }) {
  const settings = () => settingsService(strapi);

  const read = async (ctx: Context) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await settingsView(strapi, await settings().current());
  };

  /** Responds to a change. Only admins who may read the settings get them. */
  const showChanged = async (ctx: Context) => {
    if (may(ctx, 'plugin::cognito.settings.read')) await read(ctx);
    else ctx.status = 204;
  };

  return {
    read,
    async update(ctx: AdminContext) {
      const body = readBody(ctx);
      if (isObject(body) && Object.hasOwn(body, 'roles') && !may(ctx, EDIT_ROLES)) {
        // Strapi turns every error of that class into "Forbidden" without a message.
        ctx.forbidden(`Saving "roles" also needs the permission ${EDIT_ROLES}.`);
        return;
      }
      await settings().save(await checkChange(strapi, body, await settings().current()));
      await showChanged(ctx);
    },
    async updateConnection(ctx: Context) {
      await settings().saveProvider(await checkConnectionChange(strapi, readBody(ctx)));
      await showChanged(ctx);
    },
    async forgetIssuer(ctx: Context) {
      await settings().forgetIssuer();
      await showChanged(ctx);
    },
  };
}

const readBody = (ctx: Context) => (ctx.request as { body?: unknown }).body;

function may(ctx: Context, action: Action | typeof EDIT_ROLES): boolean {
  const { userAbility } = ctx.state as { userAbility?: { can(action: string): boolean } };
  return userAbility?.can(action) === true;
}

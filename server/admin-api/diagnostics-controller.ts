import type { Context } from 'koa';
import { readRequestFacts } from '../diagnostics/checks/strapi';
import { diagnosticsService, isCheckId } from '../diagnostics/diagnostics';
import type { Strapi } from '../strapi';
import { errors } from '../strapi-utils';

async function runAll(strapi: Strapi, ctx: Context): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await diagnosticsService(strapi).all(readRequestFacts(ctx));
}

export const createAdminDiagnosticsController = ({ strapi }: { strapi: Strapi }) => ({
  find: (ctx: Context) => runAll(strapi, ctx),
  async findOne(ctx: Context) {
    const { id } = ctx.params as { id?: string };
    if (!isCheckId(id)) throw new errors.NotFoundError();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await diagnosticsService(strapi).one(id, readRequestFacts(ctx));
  },
});

/** The names of Strapi's strategy for API tokens; the second one is that of newer releases of Strapi 5. */
const API_TOKEN_STRATEGIES: readonly unknown[] = ['api-token', 'content-api-token'];

/** `GET /api/cognito/diagnostics`, for monitoring: the same response as for the admin page. */
export const createDiagnosticsController = ({ strapi }: { strapi: Strapi }) => ({
  async find(ctx: Context) {
    // An end user with the permission would learn what is wrong with the site.
    const { auth } = ctx.state as { auth?: { strategy?: { name?: string } } };
    if (API_TOKEN_STRATEGIES.includes(auth?.strategy?.name)) await runAll(strapi, ctx);
    else ctx.forbidden();
  },
});

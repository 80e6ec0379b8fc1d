import { factories } from '@strapi/strapi';
import type { Context } from 'koa';
import { type Strapi, USER, type User } from '../strapi';

/** What every controller that Strapi makes for a content type can do. */
interface CoreController {
  sanitizeOutput(user: User, ctx: Context): Promise<unknown>;
}

/** Answers a login as users-permissions does: a Strapi JWT, and the user as the content API shows it. */
export async function respondWithUser(strapi: Strapi, ctx: Context, user: User): Promise<void> {
  const jwt = strapi
    .plugin('users-permissions')
    .service<{ issue(payload: { id: number }): string }>('jwt');
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { jwt: jwt.issue({ id: user.id }), user: await sanitizeUser(strapi, ctx, user) };
}

/** A user as the content API shows it to whoever asks. */
export function sanitizeUser(strapi: Strapi, ctx: Context, user: User): Promise<unknown> {
  const users = factories.createCoreController(USER)({ strapi }) as unknown as CoreController;
  return users.sanitizeOutput(user, ctx);
}

import type { Context } from 'koa';
import { type Strapi, type User, service } from '../strapi';
import { identify } from './exchange';
import { recordFailure } from './login-records';
import { respondWithRefusal } from './refusal';
import { sanitizeUser } from './respond';

/**
 * `POST /api/auth/cognito/link`: makes the Cognito account that the body proves that of the user who
 * is logged in. Takes what the exchange takes.
 */
export function link(strapi: Strapi, ctx: Context): Promise<void> {
  return forUser(strapi, ctx, async (user) => {
    const { body } = ctx.request as { body?: unknown };
    const accounts = service(strapi, 'accounts');
    try {
      await accounts.checkLinking();
      await service(strapi, 'limits').guard(ctx, (onCall) =>
        identify(strapi, { body }, (person) => accounts.link(person, user), onCall),
      );
      service(strapi, 'login-records').add('link', 'ok', user.id);
    } catch (error) {
      // Whoever asked for it will ask why it failed, whoever it failed because of.
      recordFailure(strapi, 'link', error, user.id);
      throw error;
    }
  });
}

/** `DELETE /api/auth/cognito/link`: the user who is logged in is no Cognito account's any more. */
export function unlink(strapi: Strapi, ctx: Context): Promise<void> {
  return forUser(strapi, ctx, (user) => service(strapi, 'accounts').unlink(user));
}

async function forUser(
  strapi: Strapi,
  ctx: Context,
  change: (user: User) => Promise<void>,
): Promise<void> {
  // A visitor, or an API token, is no user; and whoever only has a Cognito access token of one must
  // not make the link last.
  const { user, auth } = ctx.state as { user?: User; auth?: { strategy?: { name?: string } } };
  if (!user || auth?.strategy?.name !== 'users-permissions') {
    ctx.unauthorized();
    return;
  }
  try {
    await change(user);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { user: await sanitizeUser(strapi, ctx, user) };
  } catch (error) {
    respondWithRefusal(strapi, ctx, error);
  }
}

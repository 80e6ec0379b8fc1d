import { randomBytes } from 'node:crypto';
import type { Context, Next } from 'koa';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';

// Password reset and email confirmation are closed to users of provider cognito: they would hand
// out a Strapi JWT past Cognito's MFA, or call an email confirmed that Cognito does not.
// (Password login is closed by users-permissions itself, which looks for users of provider
// local.) A stranger sees the same answers as for an account that does not exist.

/** A handler of users-permissions. */
export type Handler = (ctx: Context, next: Next, ...rest: unknown[]) => unknown;

const bodyOf = (ctx: Context): Record<string, unknown> => {
  const { body } = ctx.request as { body?: unknown };
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
};

/** Whether users-permissions, looking a user up by this, would get one of provider cognito. */
async function isOfCognito(strapi: Strapi, where: Record<string, string>): Promise<boolean> {
  const user = (await strapi.db.query(USER).findOne({ where })) as User | null;
  return user?.provider === PROVIDER;
}

/** No mail is sent; the answer is the one for an email that nobody has. */
function closeMail(
  strapi: Strapi,
  original: Handler,
  answer: (email: string) => Record<string, unknown>,
): Handler {
  return async (ctx, next) => {
    const { email } = bodyOf(ctx);
    if (typeof email !== 'string' || !(await isOfCognito(strapi, { email: email.toLowerCase() }))) {
      return original(ctx, next);
    }
    ctx.body = answer(email);
    return undefined;
  };
}

export function closeForgotPassword(strapi: Strapi, original: Handler): Handler {
  return closeMail(strapi, original, () => ({ ok: true }));
}

export function closeSendEmailConfirmation(strapi: Strapi, original: Handler): Handler {
  return closeMail(strapi, original, (email) => ({ email, sent: true }));
}

/** A code from before the user came to Cognito is turned into one that nobody has. */
export function closeResetPassword(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next) => {
    const body = bodyOf(ctx);
    if (typeof body.code === 'string' && body.code !== '') {
      const closed = await isOfCognito(strapi, { resetPasswordToken: body.code });
      if (closed) body.code = randomBytes(64).toString('hex');
    }
    return original(ctx, next);
  };
}

/** A token of a user of Cognito is turned into one that nobody has. */
export function closeEmailConfirmation(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const { confirmation } = ctx.query;
    const closed =
      typeof confirmation === 'string' &&
      confirmation !== '' &&
      (await isOfCognito(strapi, { confirmationToken: confirmation }));
    if (!closed) return original(ctx, next, ...rest);
    const query = { ...ctx.query, confirmation: randomBytes(20).toString('hex') };
    return original(Object.create(ctx, { query: { value: query } }) as Context, next, ...rest);
  };
}

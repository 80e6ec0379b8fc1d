import { randomBytes } from 'node:crypto';
import type { Context, Next } from 'koa';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';

// Password reset and email confirmation are blocked for users of provider cognito: they would issue a
// Strapi JWT past Cognito's MFA, or confirm an email that Cognito does not. (users-permissions itself
// allows password login to users of provider local only.) The answers are the same as for an account
// that does not exist.

/** A handler of users-permissions. */
export type Handler = (ctx: Context, next: Next, ...rest: unknown[]) => unknown;

const bodyOf = (ctx: Context): Record<string, unknown> => {
  const { body } = ctx.request as { body?: unknown };
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
};

/** Whether users-permissions, looking a user up by this, would get one of provider cognito. */
async function isCognitoUser(strapi: Strapi, where: Record<string, string>): Promise<boolean> {
  const user = (await strapi.db.query(USER).findOne({ where })) as User | null;
  return user?.provider === PROVIDER;
}

/** No mail is sent; the answer is the one for an email that no user has. */
function blockMail(
  strapi: Strapi,
  original: Handler,
  answer: (email: string) => Record<string, unknown>,
): Handler {
  return async (ctx, next) => {
    const { email } = bodyOf(ctx);
    if (
      typeof email !== 'string' ||
      !(await isCognitoUser(strapi, { email: email.toLowerCase() }))
    ) {
      return original(ctx, next);
    }
    ctx.body = answer(email);
    return undefined;
  };
}

function blockForgotPassword(strapi: Strapi, original: Handler): Handler {
  return blockMail(strapi, original, () => ({ ok: true }));
}

function blockSendEmailConfirmation(strapi: Strapi, original: Handler): Handler {
  return blockMail(strapi, original, (email) => ({ email, sent: true }));
}

/** A code from before the user came to Cognito is turned into one that no user has. */
function blockResetPassword(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next) => {
    const body = bodyOf(ctx);
    if (typeof body.code === 'string' && body.code !== '') {
      const closed = await isCognitoUser(strapi, { resetPasswordToken: body.code });
      if (closed) body.code = randomBytes(64).toString('hex');
    }
    return original(ctx, next);
  };
}

/** A token of a user of Cognito is turned into one that no user has. */
function blockEmailConfirmation(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const { confirmation } = ctx.query;
    const closed =
      typeof confirmation === 'string' &&
      confirmation !== '' &&
      (await isCognitoUser(strapi, { confirmationToken: confirmation }));
    if (!closed) return original(ctx, next, ...rest);
    const query = { ...ctx.query, confirmation: randomBytes(20).toString('hex') };
    return original(Object.create(ctx, { query: { value: query } }) as Context, next, ...rest);
  };
}

const BLOCKS = {
  forgotPassword: blockForgotPassword,
  sendEmailConfirmation: blockSendEmailConfirmation,
  emailConfirmation: blockEmailConfirmation,
  resetPassword: blockResetPassword,
} as const;

/** The handlers of the auth controller that are blocked, as far as the site has left them there. */
export function blockLocalLogin(
  strapi: Strapi,
  auth: Partial<Record<string, Handler>>,
): Record<string, Handler> {
  return Object.fromEntries(
    Object.entries(BLOCKS).flatMap(([name, block]) => {
      const original = auth[name];
      return original ? [[name, block(strapi, original.bind(auth))]] : [];
    }),
  );
}

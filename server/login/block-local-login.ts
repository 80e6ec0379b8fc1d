import { randomBytes } from 'node:crypto';
import type { Context, Next } from 'koa';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';

// Password reset and email confirmation are blocked for users of provider cognito: they would issue a
// Strapi JWT without Cognito's MFA, or confirm an email that Cognito has not verified. (users-permissions itself
// allows password login to users of provider local only.) The responses are the same as for an account that does
// not exist.

/** A handler of users-permissions. */
export type Handler = (ctx: Context, next: Next, ...rest: unknown[]) => unknown;

const getBody = (ctx: Context): Record<string, unknown> => {
  const { body } = ctx.request as { body?: unknown };
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
};

/** Whether the user that users-permissions would find is of provider cognito. */
async function isCognitoUser(strapi: Strapi, where: Record<string, string>): Promise<boolean> {
  const user = (await strapi.db.query(USER).findOne({ where })) as User | null;
  return user?.provider === PROVIDER;
}

/** Sends no mail, and responds as for an email that no user has. */
function blockMail(
  strapi: Strapi,
  original: Handler,
  answer: (email: string) => Record<string, unknown>,
): Handler {
  return async (ctx, next) => {
    const { email } = getBody(ctx);
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

/** Replaces the code of a user of provider cognito, which may be from before, by one that no user has. */
function blockResetPassword(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next) => {
    const body = getBody(ctx);
    if (typeof body.code === 'string' && body.code !== '') {
      const isBlocked = await isCognitoUser(strapi, { resetPasswordToken: body.code });
      if (isBlocked) body.code = randomBytes(64).toString('hex');
    }
    return original(ctx, next);
  };
}

/** Replaces the token of a user of provider cognito by one that no user has. */
function blockEmailConfirmation(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const { confirmation } = ctx.query;
    const isBlocked =
      typeof confirmation === 'string' &&
      confirmation !== '' &&
      (await isCognitoUser(strapi, { confirmationToken: confirmation }));
    if (!isBlocked) return original(ctx, next, ...rest);
    const query = { ...ctx.query, confirmation: randomBytes(20).toString('hex') };
    return original(Object.create(ctx, { query: { value: query } }) as Context, next, ...rest);
  };
}

const BLOCKS = {
  forgotPassword: (strapi: Strapi, original: Handler) =>
    blockMail(strapi, original, () => ({ ok: true })),
  sendEmailConfirmation: (strapi: Strapi, original: Handler) =>
    blockMail(strapi, original, (email) => ({ email, sent: true })),
  emailConfirmation: blockEmailConfirmation,
  resetPassword: blockResetPassword,
} as const;

/** The blocked handlers of the auth controller; those that the site has removed stay removed. */
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

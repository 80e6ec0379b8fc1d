import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { PROVIDER, type Strapi, type User, userQuery } from '../../strapi';
import type { Handler } from './types';

// Password reset and email confirmation are blocked for users of provider cognito: they would issue a Strapi JWT
// without Cognito's MFA, or confirm an email that Cognito has not verified. (users-permissions itself allows password
// login to users of provider local only.) The responses are the same as for an account that does not exist.

type Block = (strapi: Strapi, original: Handler) => Handler;

const getBody = (ctx: Context): Record<string, unknown> => {
  const { body } = ctx.request as { body?: unknown };
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
};

/** Whether the user that users-permissions would find by a parameter is of provider cognito. */
async function isCognitoUser(strapi: Strapi, field: string, value: unknown): Promise<boolean> {
  if (typeof value !== 'string' || value === '') return false;
  const user = (await userQuery(strapi).findOne({ where: { [field]: value } })) as User | null;
  return user?.provider === PROVIDER;
}

/** Whether the email in the body is that of a user of provider cognito. */
const isForCognitoUser = (strapi: Strapi, { email }: Record<string, unknown>): Promise<boolean> =>
  isCognitoUser(strapi, 'email', typeof email === 'string' && email.toLowerCase());

/** The object with other members. Code of the site can set all of them. */
const derive = <T extends object>(original: T, members: object): T =>
  new Proxy(original, {
    get: (target, name, receiver): unknown =>
      Object.hasOwn(members, name)
        ? Reflect.get(members, name)
        : Reflect.get(target, name, receiver),
    set: (target, name, value, receiver) =>
      Object.hasOwn(members, name)
        ? Reflect.set(members, name, value)
        : Reflect.set(target, name, value, receiver),
  });

/** Replaces the email of a user of provider cognito with one that no user has. The site may have its own response. */
const replaceEmail: Block =
  (strapi, original) =>
  async (ctx, next, ...rest) => {
    const body = getBody(ctx);
    if (!(await isForCognitoUser(strapi, body))) return original(ctx, next, ...rest);
    const email = `${randomBytes(20).toString('hex')}@cognito.invalid`;
    // The site may go on with this request when it has responded. Middlewares keep the email of the client.
    const request = derive(ctx.request, { body: { ...body, email } });
    // users-permissions responds to a request for a confirmation with the email.
    const restore = (value: { email?: unknown } | null | undefined) =>
      value?.email === email ? { ...value, email: body.email } : value;
    const handler: ProxyHandler<Context['response']> = {
      set: (target, name, value: object | undefined) =>
        Reflect.set(target, name, name === 'body' ? restore(value) : value),
    };
    // A context of the site's own may have no response.
    const koa: Partial<Context> = ctx;
    const response = koa.response && new Proxy(koa.response, handler);
    return original(derive(ctx, { request, response }), next, ...rest);
  };

/** Replaces the code of a user of provider cognito, who may have requested it before, with one that no user has. */
const blockResetPassword: Block =
  (strapi, original) =>
  async (ctx, next, ...rest) => {
    const body = getBody(ctx);
    if (await isCognitoUser(strapi, 'resetPasswordToken', body.code)) {
      body.code = randomBytes(64).toString('hex');
    }
    return original(ctx, next, ...rest);
  };

/** Replaces the token of a user of provider cognito with one that no user has. */
const blockEmailConfirmation: Block =
  (strapi, original) =>
  async (ctx, next, ...rest) => {
    if (!(await isCognitoUser(strapi, 'confirmationToken', ctx.query.confirmation))) {
      return original(ctx, next, ...rest);
    }
    const query = { ...ctx.query, confirmation: randomBytes(20).toString('hex') };
    return original(derive(ctx, { query }), next, ...rest);
  };

const BLOCKS: Readonly<Record<string, Block>> = {
  forgotPassword: replaceEmail,
  sendEmailConfirmation: replaceEmail,
  emailConfirmation: blockEmailConfirmation,
  resetPassword: blockResetPassword,
};

/** The blocked handlers of the auth controller. Handlers that the site has removed stay removed. */
export function blockLocalLogin(
  strapi: Strapi,
  auth: Partial<Record<string, Handler>>,
): Record<string, Handler> {
  const blocked: Record<string, Handler> = {};
  for (const [name, block] of Object.entries(BLOCKS)) {
    const original = auth[name];
    if (original) blocked[name] = block(strapi, original.bind(auth));
  }
  return blocked;
}

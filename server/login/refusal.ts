import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import type { Strapi } from '../strapi';

/**
 * A failed login that the browser brings on, as with no front-end yet. What it says is only what is in
 * the address, and was logged and recorded, if ever it was true, where it happened.
 */
export class PassedOn extends CognitoError {}

/**
 * Tells the operator why a login was refused.
 *
 * @returns the error where it is one of the stable ones; any other is logged with its stack, and
 * nothing of it may be shown.
 */
export function logRefusal(strapi: Strapi, error: unknown): CognitoError | undefined {
  if (!(error instanceof CognitoError)) {
    strapi.log.error(error);
    return undefined;
  }
  const { code, reason, status } = error;
  // Said where it begins, once.
  if (code === 'too_many_requests') return error;
  const level = error instanceof PassedOn ? 'info' : status >= 500 ? 'error' : 'warn';
  strapi.log[level](`[cognito] login refused, ${code}: ${reason}`);
  return error;
}

/**
 * Answers with Strapi's error body. Strapi tells statuses by the classes of its own errors, which
 * know no 409, 502 or 503, so the body is written here.
 */
export function respondWithRefusal(strapi: Strapi, ctx: Context, error: unknown): void {
  const known = logRefusal(strapi, error);
  if (!known) throw error;
  const { status, name, message, details } = known;
  ctx.status = status;
  ctx.body = { data: null, error: { status, name, message, details } };
}

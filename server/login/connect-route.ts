import type { Context } from 'koa';
import { PROVIDER, type Strapi } from '../strapi';
import type { Handler } from './block-local-login';
import { callback } from './callback';
import { connect } from './connect';

/**
 * Handles `connect` for cognito, under the code of the site.
 *
 * @param original the handler of users-permissions.
 */
export function handleConnect(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const step = connectStep(ctx);
    if (step === undefined) return original(ctx, next, ...rest);
    if (ctx.method === 'HEAD') return ctx.throw(405);
    if (step === 'callback') return callback(strapi, ctx);
    if (step !== '') return ctx.throw(404);
    return connect(strapi, ctx);
  };
}

/** The part of the path after `/connect/cognito/`; `undefined` for another provider. */
export function connectStep(ctx: Context): string | undefined {
  const { route } = ctx.state as { route?: { path?: string } };
  if (!route?.path?.startsWith('/connect/')) return undefined;
  const { 0: rest = '' } = ctx.params as Record<number, string | undefined>;
  const [provider, ...step] = rest.split('/');
  return provider === PROVIDER ? step.join('/') : undefined;
}

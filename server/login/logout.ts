import type { Context } from 'koa';
import { toEndpoints } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import { type Strapi } from '../strapi';
import { readParameters } from './parameters';
import { logRefusal } from './refusal';

/**
 * `GET /api/auth/cognito/logout`: ends Cognito's own session in this browser, which would otherwise log
 * the next person straight in. The Strapi JWT is the front-end's to forget. There is no token of
 * Cognito's to revoke: none is kept after a login.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
export async function logout(strapi: Strapi, ctx: Context): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  try {
    const settings = await settingsService(strapi).current();
    const { host, clientId } = requireConnection(settings);
    const { redirect } = readParameters(ctx.query, ['redirect']);
    const target = targetOf(settings.logout.redirects, redirect);
    const query = new URLSearchParams({ client_id: clientId, logout_uri: target });
    ctx.redirect(`${toEndpoints(host).logout}?${query.toString()}`);
  } catch (error) {
    throw logRefusal(strapi, error);
  }
}

function targetOf(allowed: readonly string[], asked: string | undefined): string {
  if (asked !== undefined && !allowed.includes(asked)) {
    throw new CognitoError('invalid_request', 'the redirect is not among logout.redirects', {
      message: 'redirect is not among the addresses allowed.',
    });
  }
  const target = asked ?? allowed[0];
  if (target === undefined) {
    throw new CognitoError(
      'not_configured',
      'logout.redirects is not set, and the callback has no origin',
    );
  }
  return target;
}

import type { Context } from 'koa';
import { toEndpoints } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { requireConnection } from '../settings/settings';
import type { Strapi } from '../strapi';
import { attempt } from './attempt';
import { link, linkStatus, unlink } from './link';
import { readParameters } from './parameters';

export const createLoginController = ({ strapi }: { strapi: Strapi }) => ({
  logout: (ctx: Context) => logout(strapi, ctx),
  link: (ctx: Context) => link(strapi, ctx),
  unlink: (ctx: Context) => unlink(strapi, ctx),
  linkStatus: (ctx: Context) => linkStatus(strapi, ctx),
});

/** The handlers check the user. The scope is frozen: Strapi would add the permission of the handler to it. */
const authenticatedOnly = { prefix: '', auth: { scope: Object.freeze([]) } } as const;
const anonymous = { prefix: '', auth: false } as const;

const LINK = '/auth/cognito/link';

/** The plugin's own routes. For `cognito`, the plugin also handles those of users-permissions. */
export const loginRoutes = [
  { method: 'GET', path: '/auth/cognito/logout', handler: 'login.logout', config: anonymous },
  { method: 'GET', path: LINK, handler: 'login.linkStatus', config: authenticatedOnly },
  { method: 'POST', path: LINK, handler: 'login.link', config: authenticatedOnly },
  { method: 'DELETE', path: LINK, handler: 'login.unlink', config: authenticatedOnly },
] as const;

/**
 * `GET /api/auth/cognito/logout`: ends the Cognito session of this browser, which would otherwise sign the next user
 * in without asking. The front-end deletes its Strapi JWT itself. The plugin has no Cognito token to revoke, because
 * it keeps none after a login.
 *
 * @throws {CognitoError} `provider_disabled`, `not_configured`; `invalid_request` for a redirect that is not allowed.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
const logout = (strapi: Strapi, ctx: Context): Promise<void> =>
  attempt(strapi, 'logout', async () => {
    const settings = await settingsService(strapi).current();
    const { host, clientId } = requireConnection(settings);
    const { redirects } = settings.logout;
    const { redirect = redirects[0] } = readParameters(ctx.query, ['redirect']);
    if (redirect === undefined) {
      const reason = 'logout.redirects is not set, and the front-end URL has no origin';
      throw new CognitoError('not_configured', reason);
    }
    if (!redirects.includes(redirect)) {
      throw new CognitoError('invalid_request', 'the redirect is not among logout.redirects', {
        message: 'redirect is not one of the allowed URLs.',
      });
    }
    const query = new URLSearchParams({ client_id: clientId, logout_uri: redirect });
    ctx.redirect(`${toEndpoints(host).logout}?${query.toString()}`);
  });

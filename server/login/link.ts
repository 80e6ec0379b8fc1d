import { factories } from '@strapi/strapi';
import type { Context } from 'koa';
import { findUserIdentities } from '../accounts/identities';
import * as accounts from '../accounts/link';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { type Strapi, USER, type User, usersPermissions } from '../strapi';
import { attempt, emit, record } from './attempt';
import { BODY_PARAMETERS, authenticate } from './exchange';
import { sessionLoginTime } from './sessions';

interface JwtService {
  getToken(
    ctx: Context,
  ): Promise<{ iat?: unknown; auth_time?: unknown; sessionId?: string } | null>;
}

/** `POST /api/auth/cognito/link`: links the Cognito account that the body proves to the logged-in user. */
export const link = (strapi: Strapi, ctx: Context): Promise<void> =>
  withLoggedInUser(ctx, async (user) => {
    const { body } = ctx.request as { body?: unknown };
    const linkAccount = async () => {
      const { users } = await settingsService(strapi).current();
      if (users.linking === 'never') {
        const message = 'Account linking is disabled.';
        throw new CognitoError('invalid_request', 'users.linking is "never"', { message });
      }
      await checkRecentLogin(strapi, ctx, users.linkMaxAge);
      return authenticate(strapi, body, BODY_PARAMETERS, (identity) =>
        accounts.link(strapi, identity, user),
      );
    };
    const isNew = await attempt(strapi, 'link', linkAccount, user.id);
    record(strapi, 'link', 'ok', user.id);
    if (isNew) emit(strapi, 'cognito.linked', { userId: user.id });
    ctx.body = { user: await sanitizeUser(strapi, ctx, user) };
  });

/** `DELETE /api/auth/cognito/link`: unlinks the Cognito account of the user who is logged in. */
export const unlink = (strapi: Strapi, ctx: Context): Promise<void> =>
  withLoggedInUser(ctx, async (user) => {
    const wasLinked = await attempt(strapi, 'unlink', () => accounts.unlink(strapi, user), user.id);
    if (wasLinked) recordUnlink(strapi, user.id);
    ctx.body = { user: await sanitizeUser(strapi, ctx, user) };
  });

/** `GET /api/auth/cognito/link`: whether the user who is logged in has a Cognito account, and since when. */
export const linkStatus = (strapi: Strapi, ctx: Context): Promise<void> =>
  withLoggedInUser(ctx, async (user) => {
    const [first] = await findUserIdentities(strapi, [user.id]);
    ctx.body = { linked: first !== undefined, linkedAt: first?.linkedAt ?? null };
  });

/** Records that a user was unlinked, by themselves or by an admin. */
export function recordUnlink(strapi: Strapi, userId: number): void {
  record(strapi, 'unlink', 'ok', userId);
  emit(strapi, 'cognito.unlinked', { userId });
}

/**
 * Linking needs a recent login, because a link lasts longer than a stolen JWT. For a JWT, or a session of Strapi 5,
 * that a client got for a token from Cognito, the time of the login at Cognito counts. A refreshed session is not
 * recent.
 *
 * @throws {CognitoError} `reauthentication_required`.
 */
async function checkRecentLogin(strapi: Strapi, ctx: Context, maxAge: number): Promise<void> {
  const token = await usersPermissions<JwtService>(strapi, 'jwt').getToken(ctx);
  const { iat, auth_time: authTime = iat, sessionId } = token ?? {};
  const loggedInAt =
    sessionId === undefined
      ? Math.min(Number(iat), Number(authTime))
      : Number(await sessionLoginTime(strapi, sessionId));
  const age = Date.now() / 1000 - loggedInAt;
  // Also false if the time is not known.
  if (age <= maxAge) return;
  throw new CognitoError('reauthentication_required', `the login is older than ${maxAge} s`);
}

async function withLoggedInUser(ctx: Context, work: (user: User) => Promise<void>): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  // A visitor or an API token is not a user, and a Cognito access token must not create a link.
  const { user, auth } = ctx.state as { user?: User; auth?: { strategy?: { name?: string } } };
  if (user && auth?.strategy?.name === 'users-permissions') await work(user);
  else ctx.unauthorized();
}

/** A user as the content API shows it to this client. */
function sanitizeUser(strapi: Strapi, ctx: Context, user: User): Promise<unknown> {
  const users = factories.createCoreController(USER)({ strapi }) as unknown as {
    sanitizeOutput(user: User, ctx: Context): Promise<unknown>;
  };
  return users.sanitizeOutput(user, ctx);
}

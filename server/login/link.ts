import { factories } from '@strapi/strapi';
import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import { accountsService } from '../accounts/accounts';
import { settingsService } from '../settings/service';
import { type Strapi, USER, type User, usersPermissions } from '../strapi';
import { attempt, emit } from './attempt';
import { identify } from './exchange';
import { loginRecords } from './login-records';
import { sessionLoginTime } from './sessions';

/** What every controller that Strapi makes for a content type can do. */
interface CoreController {
  sanitizeOutput(user: User, ctx: Context): Promise<unknown>;
}

interface JwtService {
  getToken(
    ctx: Context,
  ): Promise<{ iat?: unknown; auth_time?: unknown; sessionId?: string } | null>;
}

/**
 * `POST /api/auth/cognito/link`: gives the Cognito account that the body proves to the user who is
 * logged in. Takes what the exchange takes.
 */
export function link(strapi: Strapi, ctx: Context): Promise<void> {
  return withLoggedInUser(strapi, ctx, async (user) => {
    const { body } = ctx.request as { body?: unknown };
    const accounts = accountsService(strapi);
    await attempt(
      strapi,
      'link',
      async (onCall) => {
        await accounts.checkLinking();
        await checkRecentLogin(strapi, ctx);
        await identify(strapi, { body }, (person) => accounts.link(person, user), onCall);
      },
      user.id,
    );
    loginRecords(strapi).add('link', 'ok', user.id);
    emit(strapi, 'cognito.linked', { userId: user.id });
    ctx.body = { user: await sanitizeUser(strapi, ctx, user) };
  });
}

/** `DELETE /api/auth/cognito/link`: unlinks the Cognito account of the user who is logged in. */
export function unlink(strapi: Strapi, ctx: Context): Promise<void> {
  return withLoggedInUser(strapi, ctx, async (user) => {
    await attempt(strapi, 'unlink', () => accountsService(strapi).unlink(user), user.id);
    recordUnlink(strapi, user.id);
    ctx.body = { user: await sanitizeUser(strapi, ctx, user) };
  });
}

/** `GET /api/auth/cognito/link`: whether the user who is logged in has a Cognito account, and since when. */
export function linkStatus(strapi: Strapi, ctx: Context): Promise<void> {
  return withLoggedInUser(strapi, ctx, async (user) => {
    ctx.body = await accountsService(strapi).linkStatus(user);
  });
}

/** Notes that a user was unlinked, by themselves or by an administrator. */
export function recordUnlink(strapi: Strapi, userId: number): void {
  loginRecords(strapi).add('unlink', 'ok', userId);
  emit(strapi, 'cognito.unlinked', { userId });
}

/**
 * A stolen JWT must not become a lasting key. A JWT that was given for a token of Cognito is as old as
 * the login which that token is from, and so is a session of Strapi 5. A refreshed session is not recent.
 *
 * @throws {CognitoError} `reauthentication_required`.
 */
async function checkRecentLogin(strapi: Strapi, ctx: Context): Promise<void> {
  const { linkMaxAge } = (await settingsService(strapi).current()).users;
  const token = await usersPermissions<JwtService>(strapi, 'jwt').getToken(ctx);
  const { iat, auth_time: authTime = iat, sessionId } = token ?? {};
  const loggedInAt =
    sessionId === undefined
      ? Math.min(Number(iat), Number(authTime))
      : Number(await sessionLoginTime(strapi, sessionId));
  const age = Date.now() / 1000 - loggedInAt;
  // Also if the time is not known.
  if (age <= linkMaxAge) return;
  throw new CognitoError('reauthentication_required', `the login is older than ${linkMaxAge} s`);
}

async function withLoggedInUser(
  strapi: Strapi,
  ctx: Context,
  work: (user: User) => Promise<void>,
): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  // A visitor or an API token is no user, and a Cognito access token must not make a lasting link.
  const { user, auth } = ctx.state as { user?: User; auth?: { strategy?: { name?: string } } };
  if (user && auth?.strategy?.name === 'users-permissions') await work(user);
  else ctx.unauthorized();
}

/** A user as the content API shows it to this client. */
function sanitizeUser(strapi: Strapi, ctx: Context, user: User): Promise<unknown> {
  const users = factories.createCoreController(USER)({ strapi }) as unknown as CoreController;
  return users.sanitizeOutput(user, ctx);
}

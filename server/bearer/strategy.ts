import type { Context } from 'koa';
import { advancedSettings } from '../accounts/advanced-settings';
import { checkNotBlocked } from '../accounts/decision';
import { checkRequiredGroups } from '../accounts/groups';
import { CognitoError } from '../protocol/errors';
import { type Strapi, type User, type UserWithRole, service } from '../strapi';
import { logRefusal } from '../login/refusal';
import { looksLikeCognito } from './looks-like-cognito';
import { strapiUtils } from '../strapi-utils';

/** What Strapi's permission engine makes of a role: what may be done. */
interface Ability {
  can(action: string): boolean;
}

interface Authenticated {
  readonly authenticated: true;
  readonly credentials: User;
  readonly ability: Ability;
}

type Result = Authenticated | { readonly authenticated: false } | { readonly error: Error };

interface PermissionService {
  findRolePermissions(roleId: number): Promise<unknown[]>;
  toContentAPIPermission(permission: unknown): unknown;
}

/**
 * Cognito access tokens as `Authorization: Bearer` on the content API, beside Strapi's own JWTs and
 * API tokens: what is not a token of a user pool is left to those, unread.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function createBearerStrategy(strapi: Strapi) {
  const { errors } = strapiUtils();

  const authenticate = async (ctx: Context): Promise<Result> => {
    const token = bearerOf(ctx);
    if (token === undefined || !looksLikeCognito(token)) return { authenticated: false };
    const { bearer } = await service(strapi, 'settings').current();
    if (!bearer.enabled) return { authenticated: false };
    try {
      const user = await userOf(token, bearer.provision);
      (ctx.state as { user?: User }).user = user;
      return { authenticated: true, credentials: user, ability: await abilityOf(user) };
    } catch (error) {
      const known = logRefusal(strapi, error);
      if (!known) throw error;
      // A good token of somebody who may not, or keys that cannot be had, call for no new token.
      if (known.status === 401) {
        ctx.set(
          'WWW-Authenticate',
          `Bearer error="invalid_token", error_description="${known.code}"`,
        );
      }
      return { error: new RefusedBearer(known) };
    }
  };

  const userOf = async (token: string, provision: boolean): Promise<UserWithRole> => {
    const proof = await service(strapi, 'login').verifyBearer(token);
    const settings = await service(strapi, 'settings').current();
    checkRequiredGroups(proof.claims, settings.users.requiredGroups);
    const accounts = service(strapi, 'accounts');
    let user = await accounts.find(proof);
    if (!user && provision) {
      await accounts.signIn(await service(strapi, 'login').byAccessToken(token));
      user = await accounts.find(proof);
    }
    if (!user) {
      const reason = `the identity has no user, and bearer.provision is ${provision ? 'on' : 'off'}`;
      throw new CognitoError('registration_disabled', reason, {
        message: 'This Cognito account is not known here yet: log in once first.',
      });
    }
    checkNotBlocked(user);
    if (user.confirmed !== true && (await advancedSettings(strapi)).emailConfirmation) {
      throw new CognitoError('email_not_verified', `user ${user.id} is not confirmed`, {
        message: 'Please confirm your email address first.',
      });
    }
    return user;
  };

  const abilityOf = async ({ role }: UserWithRole): Promise<Ability> => {
    const permissions = strapi.plugin('users-permissions').service<PermissionService>('permission');
    const granted = role ? await permissions.findRolePermissions(role.id) : [];
    const { engine } = strapi.contentAPI.permissions as unknown as {
      engine: { generateAbility(permissions: unknown[]): Promise<Ability> };
    };
    return engine.generateAbility(granted.map((one) => permissions.toContentAPIPermission(one)));
  };

  /** As users-permissions decides for its own JWTs. */
  const verify = ({ ability }: { ability?: Ability }, config: { scope?: string | string[] }) => {
    if (config.scope === undefined) return;
    if (!ability) throw new errors.UnauthorizedError();
    const scopes = Array.isArray(config.scope) ? config.scope : [config.scope];
    if (!scopes.every((scope) => ability.can(scope))) throw new errors.ForbiddenError();
  };

  return { name: 'cognito-bearer', authenticate, verify };
}

/** The token of the Authorization header, read as users-permissions reads it. */
function bearerOf(ctx: Context): string | undefined {
  const [scheme, token, ...more] = (ctx.headers.authorization ?? '').split(/\s+/);
  return scheme?.toLowerCase() === 'bearer' && more.length === 0 ? token : undefined;
}

/**
 * A refusal as Strapi's auth service hands it to `ctx.unauthorized`, which takes status and message
 * from an error, and would write over its details.
 */
class RefusedBearer extends Error {
  readonly status: number;

  constructor(refusal: CognitoError) {
    super(refusal.message, { cause: refusal });
    this.name = refusal.name;
    this.status = refusal.status;
    const writeOver = () => undefined;
    Object.defineProperty(this, 'details', { get: () => refusal.details, set: writeOver });
  }
}

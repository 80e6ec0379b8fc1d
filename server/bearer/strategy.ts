import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { checkRequiredGroups } from '../accounts/groups';
import { type OnCall, rateLimiter } from '../rate-limit/rate-limiter';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { loginService } from '../login/login';
import { accountsService } from '../accounts/accounts';
import { type Strapi, type User, usersPermissions } from '../strapi';
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
  const refusals = new RecentRefusals();

  const authenticate = async (ctx: Context): Promise<Result> => {
    const token = bearerOf(ctx);
    if (token === undefined || !looksLikeCognito(token)) return { authenticated: false };
    const { bearer } = await settingsService(strapi).current();
    if (!bearer.enabled) return { authenticated: false };
    try {
      const limits = rateLimiter(strapi);
      const user = await limits.guard(ctx, (onCall) => findUser(token, bearer.provision, onCall));
      (ctx.state as { user?: User }).user = user;
      return { authenticated: true, credentials: user, ability: await abilityOf(user) };
    } catch (error) {
      const refusal = logRefusal(strapi, error);
      // Only a token that is not valid calls for a new one.
      if (refusal.status === 401) {
        ctx.set(
          'WWW-Authenticate',
          `Bearer error="invalid_token", error_description="${refusal.code}"`,
        );
      }
      return { error: new RefusedBearer(refusal) };
    }
  };

  const findUser = async (token: string, provision: boolean, onCall: OnCall): Promise<User> => {
    const verifier = loginService(strapi);
    const accounts = accountsService(strapi);
    const proof = await verifier.verifyBearer(token);
    const { users } = await settingsService(strapi).current();
    checkRequiredGroups(proof.claims, users.requiredGroups);
    const user = await accounts.findUser(proof);
    if (user) return user;
    if (!provision) {
      throw new CognitoError(
        'registration_disabled',
        'the identity has no user, and bearer.provision is off',
        {
          message: 'This Cognito account is not known here yet: log in once first.',
        },
      );
    }
    const refused = refusals.get(token);
    if (refused) throw refused;
    onCall();
    try {
      await accounts.signIn(await verifier.byAccessToken(token));
    } catch (error) {
      if (isFinal(error)) refusals.set(token, error);
      throw error;
    }
    const created = await accounts.findUser(proof);
    if (created) return created;
    throw new CognitoError('login_expired', 'the user was deleted during the call');
  };

  const abilityOf = async ({ role }: User): Promise<Ability> => {
    const permissions = usersPermissions<PermissionService>(strapi, 'permission');
    const roles = [role].flat().filter(Boolean) as { id: number }[];
    const granted = (
      await Promise.all(roles.map(({ id }) => permissions.findRolePermissions(id)))
    ).flat();
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

/** Whether asking again would give the same answer. */
const isFinal = (error: unknown): error is CognitoError =>
  error instanceof CognitoError && (error.status < 500 || error.code === 'cognito_refused');

/** How long a token that was refused after a call to Cognito is not asked about again. */
const REFUSED_MS = 60_000;
const MAX_REFUSED = 1_000;

/** Refusals by the digest of their token, so that the same token does not make the same call again. */
class RecentRefusals {
  private readonly entries = new Map<string, { refusal: CognitoError; until: number }>();

  get(token: string): CognitoError | undefined {
    const entry = this.entries.get(digest(token));
    return entry && entry.until > performance.now() ? entry.refusal : undefined;
  }

  set(token: string, refusal: CognitoError): void {
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size >= MAX_REFUSED) this.entries.delete(oldest);
    this.entries.set(digest(token), { refusal, until: performance.now() + REFUSED_MS });
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

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

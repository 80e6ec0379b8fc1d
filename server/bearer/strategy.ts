import type { Context } from 'koa';
import { checkRequiredGroups } from '../accounts/roles';
import { findUser, signIn } from '../accounts/sign-in';
import { rateLimiter } from '../rate-limit/rate-limiter';
import { attempt } from '../login/attempt';
import { tokenVerifier } from '../login/token-verifier';
import { sha256Hex } from '../protocol/crypto';
import { CognitoError } from '../protocol/errors';
import { isCognitoIssuer, matchIssuer } from '../protocol/endpoints';
import { parseJsonObject } from '../protocol/http';
import { MAX_TOKEN_LENGTH } from '../protocol/verify-token';
import { settingsService } from '../settings/service';
import type { Settings } from '../settings/settings';
import { type Strapi, type User, usersPermissions } from '../strapi';
import { errors } from '../strapi-utils';

/** The abilities of a user, which Strapi's permission engine generates from a role. */
interface Ability {
  can(action: string): boolean;
}

interface PermissionService {
  findRolePermissions(roleId: number): Promise<unknown[]>;
  toContentAPIPermission(permission: unknown): unknown;
}

/**
 * Cognito access tokens as `Authorization: Bearer` on the content API, beside Strapi's own JWTs and API tokens.
 * Tokens of other issuers are left to the other strategies.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export class BearerStrategy {
  readonly name = 'cognito-bearer';
  // Private at run time too, because Strapi puts the strategy into `ctx.state`, which code of the site may log.
  readonly #refusals = new RecentRefusals();
  readonly #strapi: Strapi;

  constructor(strapi: Strapi) {
    this.#strapi = strapi;
  }

  // Strapi only accepts properties of the object itself.
  readonly authenticate = async (ctx: Context) => {
    const token = getBearerToken(ctx) ?? '';
    const iss = readIssuer(token);
    // Neither Strapi's JWTs nor its API tokens have an issuer.
    if (typeof iss !== 'string') return { authenticated: false };
    const settings = await settingsService(this.#strapi).current();
    const { connection, bearer } = settings;
    const isOurs = connection ? matchIssuer(iss, connection) : isCognitoIssuer(iss);
    if (!bearer.enabled || !isOurs) return { authenticated: false };
    try {
      return await attempt(this.#strapi, 'bearer', async () => {
        const user = await this.authenticateUser(token, settings);
        (ctx.state as { user?: User }).user = user;
        return { authenticated: true, credentials: user, ability: await this.createAbility(user) };
      });
    } catch (error) {
      const { status, code, details } = error as CognitoError;
      // A new token helps against 401 only.
      if (status === 401) {
        ctx.set('WWW-Authenticate', `Bearer error="invalid_token", error_description="${code}"`);
      }
      // Strapi responds with this error, but overwrites its details first.
      const kept = { get: () => details, set: () => undefined, configurable: true };
      Object.defineProperty(error, 'details', kept);
      return { error: error as CognitoError };
    }
  };

  /** Makes the same decision as users-permissions for its own JWTs. */
  readonly verify = (
    { ability }: { ability?: Ability },
    { scope }: { scope?: string | string[] },
  ) => {
    if (scope === undefined) return;
    if (!ability) throw new errors.UnauthorizedError();
    if (![scope].flat().every((each) => ability.can(each))) throw new errors.ForbiddenError();
  };

  private async authenticateUser(token: string, { users, bearer }: Settings): Promise<User> {
    const strapi = this.#strapi;
    const refusals = this.#refusals;
    const verifier = tokenVerifier(strapi);
    const identity = await verifier.verifyAccessToken(token);
    checkRequiredGroups(identity.claims, users.requiredGroups);
    const user = await findUser(strapi, identity);
    if (user) return user;
    if (!bearer.provision) {
      const reason = 'the identity has no user, and bearer.provision is off';
      throw new CognitoError('registration_disabled', reason, {
        message: 'This Cognito account is not known here yet. Please log in once first.',
      });
    }
    const refused = refusals.get(token);
    if (refused) throw refused;
    rateLimiter(strapi).countUpstreamCall();
    try {
      await signIn(strapi, await verifier.fetchIdentity(token));
    } catch (error) {
      if (isFinal(error)) refusals.set(token, error);
      throw error;
    }
    const created = await findUser(strapi, identity);
    if (created) return created;
    throw new CognitoError('login_expired', 'the user was deleted during the call');
  }

  private async createAbility({ role }: User): Promise<Ability> {
    const permissions = usersPermissions<PermissionService>(this.#strapi, 'permission');
    const roles = [role].flat().filter(Boolean) as { id: number }[];
    const granted = await Promise.all(roles.map(({ id }) => permissions.findRolePermissions(id)));
    const { engine } = this.#strapi.contentAPI.permissions as unknown as {
      engine: { generateAbility(permissions: unknown[]): Promise<Ability> };
    };
    return engine.generateAbility(
      granted.flat().map((one) => permissions.toContentAPIPermission(one)),
    );
  }
}

/** Whether the same request would fail again. */
const isFinal = (error: unknown): error is CognitoError =>
  error instanceof CognitoError && (error.status < 500 || error.code === 'cognito_refused');

/** How long the refusal of a token is reused, in milliseconds. */
const REFUSED_MS = 60_000;
const MAX_REFUSED = 1_000;

/** Refusals by the digest of the token. A token that was refused does not cause a call to Cognito each time. */
class RecentRefusals {
  private readonly entries = new Map<string, { refusal: CognitoError; until: number }>();

  get(token: string): CognitoError | undefined {
    const entry = this.entries.get(sha256Hex(token));
    return entry && entry.until > performance.now() ? entry.refusal : undefined;
  }

  set(token: string, refusal: CognitoError): void {
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size >= MAX_REFUSED) this.entries.delete(oldest);
    this.entries.set(sha256Hex(token), { refusal, until: performance.now() + REFUSED_MS });
  }
}

/** The token in the Authorization header, read like users-permissions reads it. */
function getBearerToken(ctx: Context): string | undefined {
  const [scheme, token, ...more] = (ctx.headers.authorization ?? '').split(/\s+/);
  return scheme?.toLowerCase() === 'bearer' && more.length === 0 ? token : undefined;
}

/** The issuer that a JWT names. It is not verified: it decides only which strategy the token is for. */
function readIssuer(token: string): unknown {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const payload = Buffer.from(token.split('.', 2)[1] ?? '', 'base64url');
  return parseJsonObject(payload.toString('utf8'))?.iss;
}

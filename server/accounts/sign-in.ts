import { Lease, withLease } from '../leases';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { runSiteCode } from '../site-code';
import { PROVIDER, type Strapi, type User, userQuery } from '../strapi';
import { createUser, findUnfinishedUser, withHookResult } from './create';
import { type Decision, type EmailMatch, decide } from './decision';
import { type StoredIdentity, claimIdentity, findIdentity, findUserIdentities } from './identities';
import { checkRequiredGroups } from './roles';
import { syncUser } from './sync';
import { checkMayLogIn, fetchAuthenticatedUser, fetchUser, readAdvancedSettings } from './user';
import { findUsersByEmail, isSameEmail } from './user-lookup';
import { preferredUsername } from './username';
import {
  type IdentityKey,
  type LoginContext,
  type VerifiedIdentity,
  identityDigest,
} from './verified-identity';

/** How a login found its user; `linked`: of another provider, by email; `adopted`: of cognito, without an identity. */
type UserOrigin = 'known' | 'created' | 'linked' | 'adopted';

/** A login that succeeded. */
export interface SignIn {
  /** With the password hash, so it must be sanitized before it is sent. */
  readonly user: User;
  readonly origin: UserOrigin;
}

const toOrigin = (decision: Decision): UserOrigin => {
  if (decision === 'create') return 'created';
  return decision.linkTo.provider === PROVIDER ? 'adopted' : 'linked';
};

/**
 * Finds, adopts, links or creates the user of an identity.
 *
 * @throws {CognitoError} `group_required`, `not_configured`, `registration_refused`, `login_in_progress`,
 * `user_blocked`, what {@link checkMayLogIn} and, on a first login, {@link decide} throw.
 */
export async function signIn(strapi: Strapi, identity: VerifiedIdentity): Promise<SignIn> {
  const settings = await settingsService(strapi).current();
  const login = { strapi, identity, settings };
  return withLease(
    strapi,
    leaseNames(identity),
    (lease) => signInFirstTime({ ...login, lease }),
    (lease) => signInKnown({ ...login, lease }),
  );
}

const signInKnown = (context: LoginContext): Promise<SignIn | undefined> =>
  withKnownUser(context, (userId, stored) => completeSignIn(context, userId, 'known', stored));

/** Checks the required groups, then does work for the user of the identity. Without a user, returns `undefined`. */
async function withKnownUser<T>(
  { strapi, identity, settings }: LoginContext,
  work: (userId: number, stored: StoredIdentity) => Promise<T>,
): Promise<T | undefined> {
  const stored = await findIdentity(strapi, identity);
  return withUserId(stored?.userId ?? undefined, async () => {
    checkRequiredGroups(identity.claims, settings.users.requiredGroups);
    return stored?.userId ? work(stored.userId, stored) : undefined;
  });
}

/** The first login of an identity, while no other login has the identity or the email. */
async function signInFirstTime(context: LoginContext): Promise<SignIn> {
  const { strapi, identity, settings } = context;
  const stored = await findIdentity(strapi, identity);
  if (stored?.userId) return completeSignIn(context, stored.userId, 'known', stored);
  const advanced = await readAdvancedSettings(strapi);
  const unfinished = await findUnfinishedUser(context, stored);
  const decision = unfinished
    ? { linkTo: unfinished }
    : decide(identity, await findEmailMatches(context), { ...settings.users, ...advanced });

  if (decision === 'create') {
    const { userId, created } = await createUser(context, stored, advanced.defaultRole);
    if (!created) return completeSignIn(context, userId, 'known');
    const { user, origin } = await completeSignIn(context, userId, 'created');
    return { user: withHookResult(strapi, created, user), origin };
  }

  const origin = unfinished ? 'created' : toOrigin(decision);
  const signIn = await linkAndSignIn(context, decision.linkTo.id, origin);
  // Another login may have linked the user since the decision.
  return signIn ?? signInFirstTime(context);
}

/** Links the identity to an existing user, and completes the login. `undefined` if one of the two is already linked. */
async function linkAndSignIn(
  context: LoginContext,
  id: number,
  origin: UserOrigin,
): Promise<SignIn | undefined> {
  const { strapi, identity, lease } = context;
  // A user has at most one Cognito account.
  if (!(await lease.add([linksLeaseName(id)]))) {
    const reason = `user ${id} is being linked at this moment`;
    throw new CognitoError('login_in_progress', reason, { userId: id });
  }
  if ((await findUserIdentities(strapi, [id])).length > 0) return undefined;
  if (origin === 'adopted') {
    strapi.log.info(`[cognito] user ${id} was adopted at the first login with their email`);
  }
  if ((await claimIdentity(strapi, identity, id)) !== id) return undefined;
  return completeSignIn(context, id, origin, await findIdentity(strapi, identity));
}

/**
 * Updates a user from the claims, and checks that users-permissions will accept their JWT.
 *
 * @param stored the identity, if the claims should update the user. A user who was just created is up to date.
 */
async function completeSignIn(
  context: LoginContext,
  userId: number,
  origin: UserOrigin,
  stored?: StoredIdentity,
): Promise<SignIn> {
  const { strapi, settings } = context;
  return withUserId(userId, async () => {
    let user = await fetchAuthenticatedUser(strapi, userId);
    if (settings.users.syncOnLogin && stored) {
      const isChanged = await syncUser(context, user, stored);
      if (isChanged) user = await fetchAuthenticatedUser(strapi, userId);
    }
    await checkMayLogIn(strapi, user);
    return { user: await fetchUser(strapi, userId, origin === 'created'), origin };
  });
}

/** Signs in a user of the site's choice. @throws {CognitoError} `user_blocked`, and as {@link checkMayLogIn} does. */
export const signInUser = (strapi: Strapi, userId: number): Promise<SignIn> =>
  withUserId(userId, async () => {
    const user = await fetchAuthenticatedUser(strapi, userId);
    await checkMayLogIn(strapi, user);
    return { user, origin: 'known' };
  });

async function findEmailMatches({ strapi, identity }: LoginContext): Promise<EmailMatch[]> {
  const { email } = identity;
  const found = await runSiteCode(() => findUsersByEmail(strapi, email));
  const ids = found.map(({ user: { id } }) => id);
  const linked = (await findUserIdentities(strapi, ids)).map(({ userId }) => userId);
  return found.map(({ user, stored }) => {
    const isSame = isSameEmail(user, email) || (stored === undefined && user.provider === PROVIDER);
    return { user, linkable: isSame && !linked.includes(user.id) };
  });
}

/** The user of an identity, with their role, if there is one. @throws {CognitoError} as {@link signInUser} does. */
export async function findUser(strapi: Strapi, key: IdentityKey): Promise<User | undefined> {
  const userId = (await findIdentity(strapi, key))?.userId;
  if (!userId) return undefined;
  // users-permissions responds with 401 to a Strapi JWT of such a user.
  const user = await fetchAuthenticatedUser(strapi, userId, 401);
  await checkMayLogIn(strapi, user);
  return user;
}

const leaseNames = (identity: VerifiedIdentity): string[] => [
  identityLeaseName(identity),
  `email ${identity.email}`,
];

/** The name that a login of this identity holds. */
export const identityLeaseName = (key: IdentityKey): string => `identity ${identityDigest(key)}`;
/** The name that a login holds while it links this user. */
export const linksLeaseName = (userId: number): string => `links of user ${userId}`;

/** Adds the id of the user to a refusal. */
async function withUserId<T>(userId: number | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CognitoError) error.userId ??= userId;
    throw error;
  }
}

/** A login in which the site's own `providers.connect` finds or creates the user. */
export interface SiteLogin {
  /** users-permissions' own `connect` uses these to find and create users. */
  readonly profile: { readonly username: string; readonly email: string };
  /**
   * Accepts the user whom it found or created.
   *
   * @throws {CognitoError} `email_taken` if the user may belong to another identity, and what {@link completeSignIn}
   * throws.
   */
  accept(userId: number): Promise<SignIn>;
  /** Ends the login, successful or not. Other logins of this identity can then continue. */
  end(): Promise<void>;
}

/** Prepares a login by code of the site. @throws {CognitoError} as `signIn` does. */
export async function prepareForSite(
  strapi: Strapi,
  identity: VerifiedIdentity,
): Promise<SiteLogin> {
  const settings = await settingsService(strapi).current();
  const lease = new Lease(strapi);
  const context = { strapi, identity, settings, lease };
  const known = () => prepareKnown(context);
  try {
    const found = await lease.wait(leaseNames(identity), known);
    // Another login of this identity may have ended since.
    return found ?? (await known()) ?? (await prepareFirst(context));
  } catch (error) {
    await lease.release();
    throw error;
  }
}

const prepareKnown = (context: LoginContext): Promise<SiteLogin | undefined> =>
  withKnownUser(context, async (userId, stored) => {
    const { strapi, identity, lease } = context;
    const query = { where: { id: userId } };
    const user = (await runSiteCode(() => userQuery(strapi).findOne(query))) as User | null;
    return {
      profile: { username: user?.username ?? '', email: user?.email ?? identity.email },
      accept(id) {
        if (id !== userId) throw wrongUser(id);
        return completeSignIn(context, id, 'known', stored);
      },
      end: () => lease.release(),
    };
  });

async function prepareFirst(context: LoginContext): Promise<SiteLogin> {
  const { strapi, identity, settings, lease } = context;
  const { email, emailVerified } = identity;
  const matches = await findEmailMatches(context);
  // About a verified email of users without another identity, the code of the site decides.
  if (!emailVerified || !matches.every(({ linkable }) => linkable)) {
    decide(identity, matches, { ...settings.users, ...(await readAdvancedSettings(strapi)) });
  }
  const username = preferredUsername(identity.claims, settings.users.username);
  return {
    profile: { username, email },
    async accept(id) {
      const match = matches.find(({ user }) => user.id === id);
      if (match && !(emailVerified && match.linkable)) throw wrongUser(id);
      const origin = toOrigin(match ? { linkTo: match.user } : 'create');
      const signIn = await linkAndSignIn(context, id, origin);
      if (!signIn) throw wrongUser(id);
      return signIn;
    },
    end: () => lease.release(),
  };
}

function wrongUser(userId: number): CognitoError {
  const reason = `the site's providers.connect returned user ${userId}, who does not belong to the identity`;
  return new CognitoError('email_taken', reason, { userId });
}

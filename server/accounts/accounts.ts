import { type Lease, waitForLease, withLease } from '../leases';
import { CognitoError } from '../protocol/errors';
import type { Settings } from '../settings/settings';
import { runSiteCode } from '../site-errors';
import { settingsService } from '../settings/service';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';
import { type AdvancedSettings, advancedSettings } from './advanced-settings';
import { checkMayLogIn, fetchAuthenticatedUser, fetchUser, hasRole } from './authenticated-user';
import { createUser } from './create';
import { type Decision, type Namesake, checkNotBlocked, decide } from './decision';
import { checkRequiredGroups } from './groups';
import {
  type Identity,
  claimIdentity,
  findIdentity,
  identitiesOfUser,
  identityDigest,
  releaseIdentity,
  unlinkAll,
  usersWithIdentity,
} from './identities';
import type { IdentityKey, VerifiedIdentity } from './verified-identity';
import { profileOf } from './profile';
import { roleTypeOf, rolesFollowCognito } from './roles';
import { syncUser } from './sync';
import { findUsersByEmail, isSameEmail } from './user-lookup';
import { hasRoles, hasTextField } from './user-schema';
import { wantedUsername } from './username';

/** How a login found its user: at most one of these is true, and none for a known identity. */
export interface Origin {
  /** The user was created. */
  readonly new: boolean;
  /** A user of another provider was linked by their verified email. */
  readonly linked: boolean;
  /** A user of provider cognito had no identity yet. */
  readonly adopted: boolean;
}

/** A login that succeeded. */
export interface SignIn extends Origin {
  /** As `/api/users/me` reads it: with its password hash, so it must be sanitized. */
  readonly user: User;
}

/** The answer to whether a user has a Cognito account. */
export interface LinkStatus {
  readonly linked: boolean;
  /** ISO 8601; `null` without a link. */
  readonly linkedAt: string | null;
}

export interface Accounts {
  /**
   * The user of an identity, with their role.
   *
   * @returns `undefined` if the identity has no user.
   * @throws {CognitoError} what {@link checkMayLogIn} throws.
   */
  findUser(key: IdentityKey): Promise<User | undefined>;
  /**
   * Finds, adopts, links or creates the user of a person whom Cognito vouches for.
   *
   * @throws {CognitoError} `group_required`, `not_configured`, `registration_refused`,
   * `login_in_progress`, what {@link checkMayLogIn} and, on a first login, {@link decide} throw.
   */
  signIn(person: VerifiedIdentity): Promise<SignIn>;
  /**
   * Prepares a login in which a `providers.connect` of the site's own finds or creates the user.
   *
   * @throws {CognitoError} as {@link Accounts.signIn}.
   */
  prepareForSite(person: VerifiedIdentity): Promise<SiteLogin>;
  /**
   * Whether users may link at all: asked before a one-time code is used up for it.
   *
   * @throws {CognitoError} `invalid_request` if linking is switched off.
   */
  checkLinking(): Promise<void>;
  /**
   * Gives a person's identity to a user who is logged in.
   *
   * @throws {CognitoError} `identity_taken` if it is another user's, or the user has another one;
   * `email_not_verified`, `group_required`, and what {@link Accounts.checkLinking} throws.
   */
  link(person: VerifiedIdentity, user: User): Promise<void>;
  /**
   * Unlinks the Cognito account of a user.
   *
   * @throws {CognitoError} `invalid_request` if the user could not log in without.
   */
  unlink(user: User): Promise<void>;
  linkStatus(user: User): Promise<LinkStatus>;
}

/** This plugin's service `accounts`. */
export const accountsService = (strapi: Strapi): Accounts =>
  strapi.plugin('cognito').service<Accounts>('accounts');

/** A login that code of the site carries out. */
export interface SiteLogin {
  /** By which users-permissions' own `connect` finds and creates users. */
  readonly profile: { readonly username: string; readonly email: string };
  /**
   * Accepts the user that it found or created.
   *
   * @throws {CognitoError} `email_taken` if the user may not be theirs, and what
   * {@link checkMayLogIn} throws.
   */
  accept(userId: number): Promise<SignIn>;
  /** Lets other logins of this person go on. To be called at the end, whatever became of the login. */
  end(): Promise<void>;
}

const KNOWN: Origin = { new: false, linked: false, adopted: false };

/** How a login finds a user who was there without its identity. */
const originOf = ({ provider }: User): Origin => ({
  ...KNOWN,
  linked: provider !== PROVIDER,
  adopted: provider === PROVIDER,
});

export function createAccounts({ strapi }: { strapi: Strapi }): Accounts {
  const settingsNow = () => settingsService(strapi).current();

  /**
   * Brings a user up to date, and checks that users-permissions will accept them.
   *
   * @param identity of a user who follows Cognito; a user who was just created is up to date.
   */
  const finish = async (
    userId: number,
    person: VerifiedIdentity,
    settings: Settings,
    origin: Origin = KNOWN,
    identity?: Identity,
  ): Promise<SignIn> =>
    withUserId(userId, async () => {
      let user = await fetchAuthenticatedUser(strapi, userId);
      checkNotBlocked(user);
      if (settings.users.syncOnLogin && identity) {
        const profile = await profileOf(strapi, person, settings.users);
        const roleType = await roleTypeFor(user, person, settings);
        if (await syncUser(strapi, user, { person, profile, roleType, identity })) {
          user = await fetchAuthenticatedUser(strapi, userId);
        }
      }
      await checkMayLogIn(strapi, user);
      return { ...origin, user: await fetchUser(strapi, userId) };
    });

  /** The role type that a known user is to have; `undefined` leaves the role as it is. */
  const roleTypeFor = async (
    user: User,
    { claims }: VerifiedIdentity,
    { users }: Settings,
  ): Promise<string | undefined> => {
    if (!rolesFollowCognito(users)) return undefined;
    const type = await roleTypeOf(claims, users);
    // An administrator may have taken the role away on purpose: the default one is not given back.
    return type ?? (hasRole(user) ? (await advancedSettings(strapi)).defaultRole : undefined);
  };

  const findNamesakes = async ({ email }: VerifiedIdentity): Promise<Namesake[]> => {
    const users = await runSiteCode(() => findUsersByEmail(strapi, email));
    const taken = await usersWithIdentity(
      strapi,
      users.map(({ id }) => id),
    );
    return users.map((user) => ({
      user,
      linkable: isSameEmail(user, email) && !taken.has(user.id),
    }));
  };

  const decideFor = (
    person: VerifiedIdentity,
    namesakes: readonly Namesake[],
    { users: { requireVerifiedEmail, linking } }: Settings,
    advanced: AdvancedSettings,
  ): Decision => decide(person, namesakes, { requireVerifiedEmail, linking, ...advanced });

  /** The user whom a login of this identity was creating when it failed or was cut off. */
  const findUnfinished = async (
    { email }: VerifiedIdentity,
    identity: Identity | undefined,
  ): Promise<User | undefined> => {
    const username = identity?.pendingUsername;
    if (username === undefined || !hasTextField(strapi, 'username')) return undefined;
    const query = {
      where: { username, provider: PROVIDER },
      ...(hasRoles(strapi) && { populate: ['role'] }),
    };
    const user = (await runSiteCode(() => strapi.db.query(USER).findOne(query))) as User | null;
    if (!user || (user.email ?? email).toLowerCase() !== email) return undefined;
    return (await usersWithIdentity(strapi, [user.id])).size === 0 ? user : undefined;
  };

  /** Strapi saves a user before their role: without one, the login was cut off in between. */
  const isHalfSaved = (user: User): boolean => hasRoles(strapi) && !hasRole(user);

  const deleteUser = async ({ id }: Pick<User, 'id'>): Promise<void> => {
    await runSiteCode(() => strapi.db.query(USER).delete({ where: { id } }));
  };

  /** The first login of an identity, while no other login has the identity or the email. */
  const findOrCreate = async (
    person: VerifiedIdentity,
    settings: Settings,
    lease: Lease,
  ): Promise<SignIn> => {
    const identity = await findIdentity(strapi, person);
    if (identity?.userId !== undefined) {
      return finish(identity.userId, person, settings, KNOWN, identity);
    }
    const advanced = await advancedSettings(strapi);
    let unfinished = await findUnfinished(person, identity);
    if (unfinished && isHalfSaved(unfinished)) {
      await deleteUser(unfinished);
      unfinished = undefined;
    }
    const decision = unfinished
      ? { linkTo: unfinished }
      : decideFor(person, await findNamesakes(person), settings, advanced);
    if (decision === 'create') return createFor(person, settings, advanced, lease, identity);

    const { id } = decision.linkTo;
    await holdLinks(lease, id);
    // They may have been linked since the decision.
    if ((await usersWithIdentity(strapi, [id])).size > 0) {
      return findOrCreate(person, settings, lease);
    }
    const origin = unfinished ? { ...KNOWN, new: true } : originOf(decision.linkTo);
    if (origin.adopted) {
      strapi.log.info(`[cognito] user ${id} is adopted by the first login with their email`);
      await confirm(decision.linkTo);
    }
    const owner = await claimIdentity(strapi, person, id);
    if (owner !== id) return finish(owner, person, settings);
    return finish(id, person, settings, origin, await findIdentity(strapi, person));
  };

  /**
   * After the creation of a user has failed: a user whom Strapi has saved all the same is theirs, with
   * or without a role if it was a hook of the site that failed, and only with one if it was the database.
   */
  const tidyUp = async (person: VerifiedIdentity, reason: unknown): Promise<void> => {
    try {
      const unfinished = await findUnfinished(person, await findIdentity(strapi, person));
      const isKept = unfinished && (reason instanceof CognitoError || !isHalfSaved(unfinished));
      if (isKept) {
        await claimIdentity(strapi, person, unfinished.id);
        return;
      }
      if (unfinished) await deleteUser(unfinished);
      await releaseIdentity(strapi, person);
    } catch (error) {
      // The next login tries again, and why this one failed matters more.
      strapi.log.warn(`[cognito] could not tidy up after a failed login: ${String(error)}`);
    }
  };

  const createFor = async (
    person: VerifiedIdentity,
    settings: Settings,
    advanced: AdvancedSettings,
    lease: Lease,
    identity: Identity | undefined,
  ): Promise<SignIn> => {
    const { users } = settings;
    const account = {
      identity,
      person,
      username: wantedUsername(person.claims, users.username),
      profile: await profileOf(strapi, person, users),
      roleType: (await roleTypeOf(person.claims, users)) ?? advanced.defaultRole,
    };
    const { id } = await createUser(strapi, account, users, lease).catch(
      async (error: unknown): Promise<never> => {
        await tidyUp(person, error);
        throw error;
      },
    );
    const owner = await claimIdentity(strapi, person, id);
    if (owner !== id) {
      // Another login won, so this user has no owner.
      await deleteUser({ id });
      return finish(owner, person, settings);
    }
    return finish(id, person, settings, { ...KNOWN, new: true });
  };

  /** Cognito vouches for the email of a user it adopts. */
  const confirm = async ({ id, confirmed }: User): Promise<void> => {
    if (confirmed === true) return;
    const query = { where: { id }, data: { confirmed: true } };
    await runSiteCode(() => strapi.db.query(USER).update(query));
  };

  const checkGroups = ({ claims }: VerifiedIdentity, { users }: Settings): void =>
    checkRequiredGroups(claims, users.requiredGroups);

  const findKnown = async (person: VerifiedIdentity, settings: Settings): Promise<SignIn | undefined> => {
    const identity = await findIdentity(strapi, person);
    const userId = identity?.userId;
    if (userId === undefined) return undefined;
    return withUserId(userId, () => {
      checkGroups(person, settings);
      return finish(userId, person, settings, KNOWN, identity);
    });
  };

  /** A user gets one Cognito account, so this login must be the only one that gives them any. */
  const holdLinks = async (lease: Lease, userId: number): Promise<void> => {
    if (await lease.add([linksOf(userId)])) return;
    const reason = `user ${userId} is being linked at this moment`;
    throw new CognitoError('login_in_progress', reason, { userId });
  };

  const linksOf = (userId: number): string => `links of user ${userId}`;

  const namesOf = (person: VerifiedIdentity): string[] => [
    `identity ${identityDigest(person)}`,
    `email ${person.email}`,
  ];

  /** A login of a known identity by code of the site. */
  const prepareKnown = async (
    person: VerifiedIdentity,
    settings: Settings,
  ): Promise<SiteLogin | undefined> => {
    const identity = await findIdentity(strapi, person);
    const userId = identity?.userId;
    if (userId === undefined) return undefined;
    const user = await fetchAuthenticatedUser(strapi, userId);
    checkNotBlocked(user);
    return {
      profile: { username: user.username ?? '', email: user.email ?? person.email },
      accept(id) {
        if (id !== userId) refuseUserOfSite(id);
        return finish(id, person, settings, KNOWN, identity);
      },
      end: () => Promise.resolve(),
    };
  };

  /** The first login of an identity by code of the site, while no other login has the identity or the email. */
  const prepareFirst = async (
    person: VerifiedIdentity,
    settings: Settings,
    lease: Lease,
  ): Promise<SiteLogin> => {
    const namesakes = await findNamesakes(person);
    const decision = decideFor(person, namesakes, settings, await advancedSettings(strapi));
    const username = wantedUsername(person.claims, settings.users.username);
    return {
      profile: { username, email: person.email },
      async accept(id) {
        const isExpected =
          decision === 'create'
            ? !namesakes.some(({ user }) => user.id === id)
            : decision.linkTo.id === id;
        await holdLinks(lease, id);
        const isLinked = (await usersWithIdentity(strapi, [id])).size > 0;
        const isTheirs = isExpected && !isLinked;
        if (!isTheirs || (await claimIdentity(strapi, person, id)) !== id) refuseUserOfSite(id);
        const origin = decision === 'create' ? { ...KNOWN, new: true } : originOf(decision.linkTo);
        return finish(id, person, settings, origin, await findIdentity(strapi, person));
      },
      end: () => lease.release(),
    };
  };

  return {
    async findUser(key) {
      const userId = (await findIdentity(strapi, key))?.userId;
      if (userId === undefined) return undefined;
      // 401, as users-permissions answers to a Strapi JWT of such a user.
      const user = await fetchAuthenticatedUser(strapi, userId, 401);
      await checkMayLogIn(strapi, user);
      return user;
    },

    async signIn(person) {
      const settings = await settingsNow();
      return withLease(
        strapi,
        namesOf(person),
        (lease) => findOrCreate(person, settings, lease),
        async () => {
          const known = await findKnown(person, settings);
          if (!known) checkGroups(person, settings);
          return known;
        },
      );
    },

    async prepareForSite(person) {
      const settings = await settingsNow();
      checkGroups(person, settings);
      const waited = await waitForLease(strapi, namesOf(person), () =>
        prepareKnown(person, settings),
      );
      if ('result' in waited) return waited.result;
      const { lease } = waited;
      try {
        return await prepareFirst(person, settings, lease);
      } catch (error) {
        await lease.release();
        throw error;
      }
    },

    async checkLinking() {
      const { users } = await settingsNow();
      if (users.linking !== 'never') return;
      throw new CognitoError('invalid_request', 'users.linking is "never"', {
        message: 'Account linking is disabled.',
      });
    },

    async link(person, user) {
      await this.checkLinking();
      const settings = await settingsNow();
      checkGroups(person, settings);
      if (settings.users.requireVerifiedEmail && !person.emailVerified) {
        throw new CognitoError('email_not_verified', 'no link without a verified email');
      }
      await withLease(
        strapi,
        [`identity ${identityDigest(person)}`, linksOf(user.id)],
        async () => {
          const owner = (await findIdentity(strapi, person))?.userId;
          if (owner === user.id) return true;
          if (owner === undefined && (await identitiesOfUser(strapi, user.id)).length > 0) {
            throw new CognitoError('identity_taken', `user ${user.id} has another identity`, {
              message: 'Your account already has another Cognito account. Unlink that one first.',
              userId: user.id,
            });
          }
          const winner = owner ?? (await claimIdentity(strapi, person, user.id));
          if (winner === user.id) return true;
          const reason = `it is that of user ${winner}`;
          throw new CognitoError('identity_taken', reason, { userId: winner });
        },
      );
    },

    async unlink(user) {
      // A user of provider cognito has no password login, whatever the table says.
      const hasPassword = typeof user.password === 'string' && user.password !== '';
      if (user.provider === PROVIDER || !hasPassword) {
        throw new CognitoError('invalid_request', `user ${user.id} has no other way to log in`, {
          message: 'Set a password before unlinking; this account has no other way to log in.',
        });
      }
      await unlinkAll(strapi, user.id);
    },

    async linkStatus(user) {
      const [first] = await identitiesOfUser(strapi, user.id);
      return { linked: first !== undefined, linkedAt: first?.linkedAt ?? null };
    },
  };
}

function refuseUserOfSite(userId: number): never {
  const reason = `providers.connect of the site answered with user ${userId}, who is not theirs`;
  throw new CognitoError('email_taken', reason, { userId });
}

/** Attaches the user's id to any error of the login. */
async function withUserId<T>(userId: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CognitoError) error.userId ??= userId;
    throw error;
  }
}

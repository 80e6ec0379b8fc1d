import { CognitoError } from '../protocol/errors';
import type { Settings } from '../settings/settings';
import { PROVIDER, type Strapi, USER, type User, type UserWithRole, service } from '../strapi';
import { type AdvancedSettings, advancedSettings } from './advanced-settings';
import { createUser } from './create';
import { type Namesake, checkNotBlocked, decide } from './decision';
import { checkRequiredGroups } from './groups';
import {
  findIdentity,
  findOwner,
  forgetIdentities,
  identityDigest,
  saveIdentity,
  usersWithIdentity,
} from './identities';
import { withLocks } from '../locks';
import type { Person } from './person';
import { type Profile, profileOf, uniqueNames } from './profile';
import { roleTypeOf, rolesFollowCognito } from './roles';
import { syncUser } from './sync';
import { wantedUsername } from './username';

export interface Accounts {
  /** The user of an identity with their role, as the tables have them; `undefined` where it has none. */
  find(identity: Pick<Person, 'issuer' | 'subject'>): Promise<UserWithRole | undefined>;
  /**
   * The user of a person whom Cognito vouches for: found, adopted, linked or made.
   *
   * @throws {CognitoError} `group_required`, `user_blocked`, `not_configured`, and what
   * {@link decide} throws for a person never seen.
   */
  signIn(person: Person): Promise<User>;
  /**
   * Whether users may link at all: asked before a one-time code is used up for it.
   *
   * @throws {CognitoError} `invalid_request` where linking is switched off.
   */
  checkLinking(): Promise<void>;
  /**
   * Makes a person's identity that of a user who is logged in.
   *
   * @throws {CognitoError} `identity_taken` where it is another's, `email_not_verified`,
   * `group_required`, and what {@link Accounts.checkLinking} throws.
   */
  link(person: Person, user: User): Promise<void>;
  /**
   * Takes every identity of a user away.
   *
   * @throws {CognitoError} `invalid_request` where the user could not log in without.
   */
  unlink(user: User): Promise<void>;
}

/** What Cognito's claims come to, by the settings. */
interface Wanted {
  readonly profile: Profile;
  /** `undefined`: the default role. */
  readonly roleType: string | undefined;
}

export function createAccounts({ strapi }: { strapi: Strapi }): Accounts {
  const settingsNow = () => service(strapi, 'settings').current();

  const wantedOf = async ({ claims }: Person, { users }: Settings): Promise<Wanted> => ({
    profile: await profileOf(strapi, claims, users),
    roleType: await roleTypeOf(claims, users),
  });

  /** A user who may log in, brought up to date. */
  const welcome = async (
    user: User,
    person: Person,
    settings: Settings,
    wanted?: Wanted,
  ): Promise<User> => {
    checkNotBlocked(user);
    if (!settings.users.syncOnLogin) return user;
    const { profile, roleType } = wanted ?? (await wantedOf(person, settings));
    return syncUser(strapi, user, {
      person,
      profile,
      roleType: rolesFollowCognito(settings.users)
        ? (roleType ?? (await advancedSettings(strapi)).defaultRole)
        : undefined,
    });
  };

  const namesakesOf = async ({ email }: Person): Promise<Namesake[]> => {
    const alike = (await strapi.db
      .query(USER)
      .findMany({ where: { email }, orderBy: 'id' })) as User[];
    const taken = await usersWithIdentity(
      strapi,
      alike.map(({ id }) => id),
    );
    // Some databases take an accent for none, or one letter for two: that is another's address.
    const isTheirs = (user: User) => user.email.toLowerCase() === email;
    return alike.map((user) => ({ user, linkable: isTheirs(user) && !taken.has(user.id) }));
  };

  /** The user for an identity that has none, and whether they were there before. */
  const settle = async (
    person: Person,
    username: string,
    { profile, roleType }: Wanted,
    settings: Settings,
    advanced: AdvancedSettings,
  ): Promise<{ user: User; known: boolean }> => {
    // Whoever held the locks before may have settled it.
    const identity = await findIdentity(strapi, person);
    if (identity?.user) return { user: identity.user, known: true };
    const { requireVerifiedEmail, linking } = settings.users;
    const policy = { requireVerifiedEmail, linking, ...advanced };
    const decision = decide(person, await namesakesOf(person), policy);
    const account = { person, username, profile, roleType: roleType ?? advanced.defaultRole };
    const user =
      decision === 'create' ? await createUser(strapi, account, settings.users) : decision.linkTo;
    await saveIdentity(strapi, person, identity, user.id);
    return { user, known: decision !== 'create' };
  };

  /** The first login of an identity. */
  const signInNew = async (person: Person, settings: Settings): Promise<User> => {
    const username = wantedUsername(person.claims, settings.users.username);
    const [wanted, advanced] = [await wantedOf(person, settings), await advancedSettings(strapi)];
    const names = [
      `identity ${identityDigest(person)}`,
      `email ${person.email}`,
      `username ${username.toLowerCase()}`,
      ...uniqueNames(strapi, wanted.profile),
    ];
    const { user, known } = await withLocks(strapi, names, () =>
      settle(person, username, wanted, settings, advanced),
    );
    return known ? about(user.id, () => welcome(user, person, settings, wanted)) : user;
  };

  return {
    find: (identity) => findOwner(strapi, identity, ['role']),

    async signIn(person) {
      const settings = await settingsNow();
      const owner = await findOwner(strapi, person);
      return about(owner?.id, async () => {
        checkRequiredGroups(person.claims, settings.users.requiredGroups);
        return owner ? welcome(owner, person, settings) : signInNew(person, settings);
      });
    },

    async checkLinking() {
      const { users } = await settingsNow();
      if (users.linking !== 'never') return;
      throw new CognitoError('invalid_request', 'users.linking is "never"', {
        message: 'Accounts are not linked here.',
      });
    },

    async link(person, user) {
      await this.checkLinking();
      const { users } = await settingsNow();
      checkRequiredGroups(person.claims, users.requiredGroups);
      if (users.requireVerifiedEmail && !person.emailVerified) {
        throw new CognitoError('email_not_verified', 'no link without a verified email');
      }
      await withLocks(strapi, [`identity ${identityDigest(person)}`], async () => {
        const identity = await findIdentity(strapi, person);
        const owner = identity?.user;
        if (owner?.id === user.id) return;
        if (owner) {
          const reason = `it is that of user ${owner.id}`;
          throw new CognitoError('identity_taken', reason, { userId: owner.id });
        }
        await saveIdentity(strapi, person, identity, user.id);
      });
    },

    async unlink(user) {
      // A user of provider cognito has no password login, whatever the table says.
      const hasPassword = typeof user.password === 'string' && user.password !== '';
      if (user.provider === PROVIDER || !hasPassword) {
        throw new CognitoError('invalid_request', `user ${user.id} has no other way to log in`, {
          message: 'This account has no other way to log in: it needs a password first.',
        });
      }
      await forgetIdentities(strapi, user.id);
    },
  };
}

/** Does something that is about a user, if one is known: an error says which. */
async function about<T>(userId: number | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CognitoError) error.userId ??= userId;
    throw error;
  }
}

import { CognitoError } from '../protocol/errors';
import type { Settings } from '../settings/settings';
import { ROLE, type Strapi, USER, type User, service, usersPermissionsStore } from '../strapi';
import { type AccountPolicy, decide } from './decision';
import { findIdentity, identityDigest, saveIdentity, usersWithIdentity } from './identities';
import { withLocks } from './locks';
import type { Person } from './person';
import { freeUsername, wantedUsername } from './username';

export interface Accounts {
  /**
   * The user of a person whom Cognito vouches for: found, adopted, linked or made.
   *
   * @throws {CognitoError} `user_blocked`, and what {@link decide} throws for a person never seen.
   */
  signIn(person: Person): Promise<User>;
}

/** The advanced settings of users-permissions. */
interface AdvancedSettings {
  readonly unique_email?: boolean;
  readonly allow_register?: boolean;
  readonly email_confirmation?: boolean;
  readonly default_role?: string;
}

export function createAccounts({ strapi }: { strapi: Strapi }): Accounts {
  const users = () => strapi.db.query(USER);

  const known = (user: User): User => {
    if (user.blocked) throw new CognitoError('user_blocked', `user ${user.id} is blocked`);
    return user;
  };

  const namesakesOf = async ({ email }: Person) => {
    const found = (await users().findMany({ where: { email }, orderBy: 'id' })) as User[];
    const taken = await usersWithIdentity(
      strapi,
      found.map(({ id }) => id),
    );
    return found.map((user) => ({ user, hasIdentity: taken.has(user.id) }));
  };

  const defaultRole = async ({ default_role: type }: AdvancedSettings): Promise<number> => {
    const role = (await strapi.db.query(ROLE).findOne({ where: { type } })) as {
      id: number;
    } | null;
    if (role) return role.id;
    throw new CognitoError('not_configured', `the default role "${type}" does not exist`);
  };

  const create = async (person: Person, wanted: string, advanced: AdvancedSettings) => {
    // A username that is another's email could pass for them: it counts as taken.
    const isTaken = async (username: string) => {
      const where = { $or: [{ username }, { email: username.toLowerCase() }] };
      return (await users().count({ where })) > 0;
    };
    const data = {
      username: await freeUsername(wanted, isTaken),
      email: person.email,
      provider: 'cognito',
      confirmed: person.emailVerified,
      blocked: false,
      role: await defaultRole(advanced),
    };
    return (await users().create({ data })) as User;
  };

  const settle = async (person: Person, wanted: string, settings: Settings): Promise<User> => {
    // Whoever held the locks before may have made it.
    const identity = await findIdentity(strapi, person);
    if (identity?.user) return known(identity.user);
    const advanced = ((await usersPermissionsStore(strapi, 'advanced').get({})) ??
      {}) as AdvancedSettings;
    const policy: AccountPolicy = {
      requireVerifiedEmail: settings.users.requireVerifiedEmail,
      linking: settings.users.linking,
      uniqueEmail: advanced.unique_email !== false,
      allowRegister: advanced.allow_register === true,
      emailConfirmation: advanced.email_confirmation === true,
    };
    const decision = decide(person, await namesakesOf(person), policy);
    const user = decision === 'create' ? await create(person, wanted, advanced) : decision.linkTo;
    await saveIdentity(strapi, person, identity, user.id);
    return user;
  };

  return {
    async signIn(person) {
      const identity = await findIdentity(strapi, person);
      if (identity?.user) return known(identity.user);
      const settings = await service(strapi, 'settings').current();
      const wanted = wantedUsername(person.claims, settings.users.username);
      const names = [
        `identity ${identityDigest(person)}`,
        `email ${person.email}`,
        `username ${wanted.toLowerCase()}`,
      ];
      return withLocks(strapi, names, () => settle(person, wanted, settings));
    },
  };
}

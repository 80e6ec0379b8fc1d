import { createHash, randomUUID } from 'node:crypto';

/** A federated identity, as an id_token lists it. */
export interface FederatedIdentity {
  userId: string;
  providerName: string;
  providerType: string;
  issuer: string | null;
  /** A string, not a boolean. */
  primary: string;
  /** Milliseconds since the epoch, as a string. */
  dateCreated: string;
}

/** A user who can sign in. Tests may change any field at any time. */
export interface PoolUser {
  /** The name that tests use; no token contains it. */
  name: string;
  /** Never changes in a real pool; a user who is deleted and created again has another. */
  sub: string;
  /** `cognito:username` */
  username: string;
  /** `email`, `email_verified` (any JSON, or left out), `given_name`, `custom:…`: claims by their names. */
  attributes: Record<string, unknown>;
  groups: string[];
  identities: FederatedIdentity[];
  /** A description of this user, for the sign-in page. */
  about: string;
}

/** A user to create. Only the name is required; the defaults are a verified email and no groups. */
export type PoolUserOptions = Pick<PoolUser, 'name'> & Partial<PoolUser>;

/**
 * A UUID that only depends on the name, for users who have to stay the same when the pool is started again (a demo's
 * database outlives its pool).
 */
export function stableUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [8, 4, 4, 4, 12]
    .map((length, index, all) => {
      const start = all.slice(0, index).reduce((sum, each) => sum + each, 0);
      return hex.slice(start, start + length);
    })
    .join('-');
}

/** Creates a user with a new `sub`. */
export function createPoolUser(options: PoolUserOptions): PoolUser {
  const { name } = options;
  return {
    name,
    sub: options.sub ?? randomUUID(),
    username: options.username ?? name,
    attributes: options.attributes ?? {
      email: `${encodeURIComponent(name)}@example.com`,
      email_verified: true,
    },
    groups: options.groups ?? [],
    identities: options.identities ?? [],
    about: options.about ?? 'Email verified, in no group',
  };
}

function federated(): PoolUserOptions {
  const userId = '117900331258716430529';
  return {
    name: 'gil',
    username: `Google_${userId}`,
    attributes: {
      email: 'gil@gmail.example',
      email_verified: true,
      given_name: 'Gil',
      family_name: 'Google',
      picture: 'https://images.example/gil.png',
    },
    groups: ['eu-west-1_Stand1n_Google'],
    identities: [
      {
        userId,
        providerName: 'Google',
        providerType: 'Google',
        issuer: null,
        primary: 'true',
        dateCreated: String(Date.UTC(2024, 0, 15)),
      },
    ],
    about: 'Signs in with Google; the pool maps email_verified',
  };
}

/** The users that every pool has. */
export function defaultUsers(): PoolUser[] {
  const users: PoolUserOptions[] = [
    {
      name: 'ann',
      attributes: {
        email: 'ann@example.com',
        email_verified: true,
        preferred_username: 'ann',
        given_name: 'Ann',
        family_name: 'Archer',
        'custom:tenant': 'acme',
      },
      groups: ['admins', 'editors'],
      about: 'Email verified, in the groups admins and editors, tenant acme',
    },
    {
      name: 'ben',
      attributes: { email: 'ben@example.com', email_verified: false, given_name: 'Ben' },
      about: 'Email not verified',
    },
    federated(),
    {
      name: 'nia',
      username: stableUuid('nia'),
      attributes: { email: 'nia@example.com', email_verified: true, given_name: 'Nia' },
      about: 'Email verified, in no group; the user name is a UUID',
    },
  ];
  return users.map((user) => createPoolUser({ sub: stableUuid(`sub ${user.name}`), ...user }));
}

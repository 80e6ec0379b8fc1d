import { type Lease, waitForLease } from '../leases';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import type { Strapi } from '../strapi';
import { checkNotBlocked, decide } from './decision';
import {
  type SignIn,
  completeSignIn,
  findEmailMatches,
  leaseNames,
  linkAndSignIn,
  toOrigin,
  withKnownUser,
} from './sign-in';
import { fetchAuthenticatedUser, readAdvancedSettings } from './user';
import { preferredUsername } from './username';
import type { LoginContext, VerifiedIdentity } from './verified-identity';

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
  const context = { strapi, identity, settings };
  const waited = await waitForLease(strapi, leaseNames(identity), () => prepareKnown(context));
  if ('result' in waited) return waited.result;
  const { lease } = waited;
  try {
    // Another login of this identity may have ended since.
    const known = await prepareKnown(context);
    if (!known) return await prepareFirst(context, lease);
    await lease.release();
    return known;
  } catch (error) {
    await lease.release();
    throw error;
  }
}

function prepareKnown(context: LoginContext): Promise<SiteLogin | undefined> {
  return withKnownUser(context, async (userId, stored) => {
    const user = await fetchAuthenticatedUser(context.strapi, userId);
    checkNotBlocked(user);
    return {
      profile: { username: user.username ?? '', email: user.email ?? context.identity.email },
      accept(id) {
        if (id !== userId) throw wrongUser(id);
        return completeSignIn(context, id, 'known', stored);
      },
      end: () => Promise.resolve(),
    };
  });
}

async function prepareFirst(context: LoginContext, lease: Lease): Promise<SiteLogin> {
  const { strapi, identity, settings } = context;
  const matches = await findEmailMatches(context);
  const policy = { ...settings.users, ...(await readAdvancedSettings(strapi)) };
  const decision = decide(identity, matches, policy);
  const username = preferredUsername(identity.claims, settings.users.username);
  return {
    profile: { username, email: identity.email },
    async accept(id) {
      const isExpected =
        decision === 'create'
          ? !matches.some(({ user }) => user.id === id)
          : decision.linkTo.id === id;
      if (!isExpected) throw wrongUser(id);
      const user = decision === 'create' ? { id } : decision.linkTo;
      const signIn = await linkAndSignIn(context, lease, user, toOrigin(decision));
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

import { AsyncLocalStorage } from 'node:async_hooks';
import type { SignIn } from '../../accounts/sign-in';
import type { Strapi } from '../../strapi';
import { currentState } from '../../request-state';
import { emit, record } from '../attempt';

/** Logins that the code of the site may still refuse. */
const unrecorded = new AsyncLocalStorage<SignIn[]>();

/**
 * Runs code of the site in which users log in. Records the logins only when that code has ended, because it may
 * refuse a user whom the plugin has accepted.
 *
 * @param isRefused whether the code has responded with an error instead of throwing one.
 */
export async function recordLogins<T>(
  strapi: Strapi,
  work: () => T | Promise<T>,
  isRefused: (result: T) => boolean = () => false,
): Promise<T> {
  if (unrecorded.getStore()) return await work();
  const logins: SignIn[] = [];
  let isAccepted = false;
  try {
    const result = await unrecorded.run(logins, work);
    isAccepted = !isRefused(result);
    return result;
  } finally {
    for (const login of logins) {
      if (isAccepted) recordLogin(strapi, login);
      else record(strapi, 'exchange', 'registration_refused', login.user.id);
    }
  }
}

/** Records a login once the code of the site has ended, or at once if there is none. */
export function noteLoggedIn(strapi: Strapi, login: SignIn): void {
  const { authenticated } = currentState(strapi);
  if (authenticated) authenticated.isSettled = true;
  const logins = unrecorded.getStore();
  if (logins) logins.push(login);
  else recordLogin(strapi, login);
}

function recordLogin(strapi: Strapi, { user: { id: userId }, origin }: SignIn): void {
  record(strapi, 'exchange', 'ok', userId);
  emit(strapi, 'cognito.login', {
    userId,
    new: origin === 'created',
    linked: origin === 'linked',
    adopted: origin === 'adopted',
  });
  if (origin === 'linked') emit(strapi, 'cognito.linked', { userId });
}

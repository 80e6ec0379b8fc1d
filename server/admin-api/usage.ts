import { hasIdentities } from '../accounts/identities';
import { loginRecords } from '../login/login-records';
import type { Strapi } from '../strapi';

/** Whether anyone has ever logged in with Cognito, as far as that is known. */
export async function wasEverUsed(strapi: Strapi): Promise<boolean> {
  return (await hasIdentities(strapi)) || (await loginRecords(strapi).anySucceeded());
}

import type { Settings } from '../settings/settings';
import type { Strapi } from '../strapi';
import { advancedSettings } from './advanced-settings';

/** Says in the log at boot what `users.linking: 'verified-email'` trusts, where it is in force. */
export async function warnAboutLinking(
  strapi: Strapi,
  { users }: Pick<Settings, 'users'>,
): Promise<void> {
  if (users.linking !== 'verified-email') return;
  const { emailConfirmation } = await advancedSettings(strapi);
  const said = emailConfirmation
    ? 'it trusts that every user of provider "local" who is marked as confirmed has once answered a confirmation ' +
      'mail at the email address they have now. This is not so for users who registered while "Enable email ' +
      'confirmation" was off, whom an admin or an import marked as confirmed, or who changed their email address ' +
      'since. A Cognito user who has verified that address gets such an account'
    : 'it links nothing while "Enable email confirmation" of the advanced settings is off. Users who register now ' +
      'are marked as confirmed without proof, and are trusted as soon as it is on';
  strapi.log.warn(`[cognito] users.linking is 'verified-email': ${said}.`);
}

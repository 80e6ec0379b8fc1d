import { type Strapi, usersPermissionsStore } from '../strapi';

/** The advanced settings of users-permissions that decide about accounts. */
export interface AdvancedSettings {
  readonly uniqueEmail: boolean;
  readonly allowRegister: boolean;
  /** Without it `confirmed` says nothing about an email. */
  readonly emailConfirmation: boolean;
  readonly defaultRole: string;
}

/** What is in force now. What is not there counts as the stricter of the two. */
export async function advancedSettings(strapi: Strapi): Promise<AdvancedSettings> {
  const stored = ((await usersPermissionsStore(strapi, 'advanced').get({})) ?? {}) as Record<
    string,
    unknown
  >;
  return {
    uniqueEmail: stored.unique_email !== false,
    allowRegister: stored.allow_register === true,
    emailConfirmation: stored.email_confirmation === true,
    defaultRole: String(stored.default_role),
  };
}

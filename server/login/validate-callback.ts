import { type Strapi, pluginConfig } from '../strapi';

/**
 * Asks users-permissions' `callback.validate`, which a site may have replaced.
 *
 * @param asked the front-end URL of this login.
 * @param set the one in the settings.
 * @throws whatever the function objects with.
 */
export async function validateCallback(
  strapi: Strapi,
  asked: string,
  set: URL | undefined,
): Promise<void> {
  const { validate } = pluginConfig<{
    callback: { validate: (callback: string, provider: { callback?: string }) => unknown };
  }>(strapi, 'users-permissions').callback;
  await validate(asked, { callback: set?.href });
}

import { stopAtEnd } from '../stop-at-end';
import { createAppFolder } from './folder';
import { StrapiProcess } from './child';
import { StrapiUnderTest } from './app';
import { Output } from './output';
import type { StrapiOptions } from './options';

export { RemoteError } from './child';
export {
  builtInNeedsMore,
  contentId,
  jwtManagements,
  packageRoot,
  policyError,
  repositoryRoot,
  strapiMajor,
  systemFields,
  userRoleTable,
  usersPermissionsSchema,
} from './major';
export { administrator, StrapiUnderTest } from './app';
export type { AdvancedSettings, GrantSettings, RemoteStrapi, StoredUser } from './app';
export type { ConfigName, ConfigValue, DatabaseConnection, StrapiOptions } from './options';

/**
 * Boots a Strapi with a new folder and a new database, in its own process, in which earlier ones may have run. Folder and
 * database are removed after the tests of the file.
 * @throws Error with the process's output, when it does not start within `bootTimeout`.
 */
export async function startStrapi(options: StrapiOptions = {}): Promise<StrapiUnderTest> {
  const folder = await createAppFolder(options);
  if (!options.keep) stopAtEnd(() => folder.remove());
  const output = new Output();
  try {
    const process = await StrapiProcess.start(folder.dir, options, output);
    return new StrapiUnderTest(folder, options, process, output);
  } catch (error) {
    if (!options.keep) {
      await folder.remove();
    }
    throw error;
  }
}

import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Source } from '../admin-contract';
import type { Strapi } from '../strapi';
import { env, importDefault } from '../strapi-utils';
import type { CognitoConfig } from './config';
import { isObject } from './schema';

/** A value that applies, and where it comes from. */
export interface WithSource<T> {
  readonly value: T;
  readonly source: Source;
}

/** The first of the candidates, strongest first, that is set. */
export function firstDefined<T>(
  fallback: T,
  ...candidates: readonly (readonly [source: Source, value: T | undefined])[]
): WithSource<T> {
  for (const [source, value] of candidates) {
    if (value !== undefined) return { value, source };
  }
  return { value: fallback, source: 'default' };
}

/** Whether a config file has set it, so that no page can change it. */
export function isFromConfigFile(source: Source): boolean {
  return source === 'config' || source === 'environment-config';
}

/**
 * The config of this plugin in `config/env/<NODE_ENV>/plugins`. Strapi merges it into `config/plugins` without a
 * trace, so the file is read again, like Strapi reads it. It is used only to show where a value comes from: if the
 * file cannot be read, none is shown as coming from it.
 */
export function environmentConfig(strapi: Strapi): CognitoConfig {
  const { config } = strapi.dirs.dist;
  const file = join(config, 'env', process.env.NODE_ENV ?? 'development', 'plugins.js');
  if (!existsSync(file)) return {};
  try {
    const loaded = importDefault(file);
    const plugins: unknown =
      typeof loaded === 'function' ? (loaded as (tools: object) => unknown)({ env }) : loaded;
    const found = (plugins as { cognito?: { config?: unknown } } | undefined)?.cognito?.config;
    return isObject(found) ? found : {};
  } catch (error) {
    const reason = `could not be read, so its settings are shown as set in config/plugins: ${String(error)}`;
    strapi.log.debug(`[cognito] ${file} ${reason}`);
    return {};
  }
}

/** The config files to show to an admin: the source files of the app, even if Strapi runs a build of them. */
export const configFiles = (strapi: Strapi): Record<'config' | 'environment-config', string> => ({
  config: sourceFile(strapi),
  'environment-config': sourceFile(strapi, 'env', process.env.NODE_ENV ?? 'development'),
});

function sourceFile({ dirs }: Strapi, ...folders: string[]): string {
  const folder = join(dirs.app.config, ...folders);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const file = files.find((name) => /^plugins\.(?:[cm]?[jt]s|json)$/.test(name)) ?? 'plugins';
  return posix.join('config', ...folders, file);
}

import { runInNewContext } from 'node:vm';
import type { Block } from './markdown';

/** The file of the app that a block belongs to, from its first line. */
export function fileName({ text }: Block): string | undefined {
  return /^(?:\/\/|#) ((?:config|src)\/[\w./-]+\.[jt]s|\.env)\n/.exec(text)?.[1];
}

/** The name of the file in `config/` that a JavaScript block belongs to. */
export function configName(block: Block): string | undefined {
  return /^config\/([\w-]+)\.js$/.exec(fileName(block) ?? '')?.[1];
}

/** Strapi's `env`, with a value for every variable. */
const env = Object.assign(
  (name: string, fallback?: string) => fallback ?? variables[name] ?? `value-of-${name}`,
  { int: (_: string, fallback: number) => fallback, array: (name: string) => [`value-of-${name}`] },
);

const variables: Record<string, string> = {
  COGNITO_DOMAIN: 'my-app.auth.eu-west-1.amazoncognito.com',
  COGNITO_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
  COGNITO_CALLBACK: 'https://www.example.com/connect/cognito/redirect',
  PUBLIC_URL: 'https://api.example.com',
};

/** Evaluates a config file. */
export function evaluateConfig({ at, text }: Block): Record<string, unknown> {
  const module: { exports?: (helpers: object) => Record<string, unknown> } = {};
  runInNewContext(text, { module, require });
  if (!module.exports) throw new Error(`${at} exports nothing`);
  return module.exports({ env });
}

/** The block as TypeScript, with a type for the file. */
export function typed({ at, text }: Block): string {
  const source = text.replace(
    /^module\.exports = \((.*)\) => \(/m,
    (_, helpers: string) =>
      `export const config = (${helpers && `${helpers}: { env: Env }`}): ConfigFile => (`,
  );
  if (source === text) throw new Error(`${at} exports no function that returns the config`);
  return `
import type { CognitoConfig } from 'strapi-plugin-cognito/config';
interface Env {
  (name: string, fallback?: string): string;
  int(name: string, fallback?: number): number;
  array(name: string): string[];
}
interface ConfigFile {
  cognito?: { enabled: boolean; config?: CognitoConfig };
  'users-permissions'?: {
    config: { jwt?: { expiresIn: string }; callback?: { validate(callback: string): void } };
  };
  host?: string;
  port?: number;
  url?: string;
  proxy?: boolean;
  app?: { keys: string[] };
}
${source}`;
}

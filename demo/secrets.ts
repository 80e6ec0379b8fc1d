import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The secrets of a Strapi, random for this machine. */
export interface Secrets {
  /** Environment variables that the app's config files read. */
  env: Record<string, string>;
  adminPassword: string;
}

/** Reads the secrets beside the database in `folder`; the first run creates them. */
export function loadSecrets(folder: string): Secrets {
  const file = join(folder, 'demo-secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;

  const secrets = createSecrets();
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function createSecrets(): Secrets {
  return {
    env: {
      APP_KEYS: `${random()},${random()}`,
      ADMIN_JWT_SECRET: random(),
      API_TOKEN_SALT: random(),
      TRANSFER_TOKEN_SALT: random(),
      JWT_SECRET: random(),
    },
    // Strapi requires an upper-case letter, a lower-case letter and a digit.
    adminPassword: `Demo-${randomBytes(6).toString('hex')}-1`,
  };
}

function random(): string {
  return randomBytes(24).toString('base64url');
}

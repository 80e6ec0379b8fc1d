import { createHash } from 'node:crypto';
import { startPool, type Pool } from '../tests/support/pool';

/** The user pool that the demo logs in with. */
export interface UserPool {
  /** The value of the Host URI field. */
  host: string;
  clientId: string;
  clientSecret: string;
  /** Undefined with a real user pool. */
  standIn?: Pool;
}

/** The URLs to register at the user pool. */
export interface PoolUrls {
  callback: string;
  signOut: string;
}

const variables = ['COGNITO_DOMAIN', 'COGNITO_CLIENT_ID', 'COGNITO_CLIENT_SECRET'];

/**
 * Reads the settings of a Cognito user pool from the environment.
 * @throws Error when some of them are missing.
 */
export function readPoolSettings(env: NodeJS.ProcessEnv): UserPool {
  const missing = variables.filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new Error(`To use your Cognito user pool, set ${missing.join(' and ')} too.`);
  }
  return {
    host: String(env.COGNITO_DOMAIN),
    clientId: String(env.COGNITO_CLIENT_ID),
    clientSecret: String(env.COGNITO_CLIENT_SECRET),
  };
}

/** Starts the stand-in, and registers the demo's URLs with it. */
export async function startStandIn(port: number, urls: PoolUrls): Promise<UserPool> {
  const pool = await startPool({
    port,
    client: { callbackUrls: [urls.callback], logoutUrls: [urls.signOut] },
    users: [{ name: 'max', about: 'Email verified; blocked by an administrator in Strapi' }],
  });
  for (const name of ['ann', 'ben', 'gil', 'max', 'nia']) keepSub(pool, name);
  return {
    host: pool.origin,
    clientId: pool.client.clientId,
    clientSecret: pool.client.clientSecret ?? '',
    standIn: pool,
  };
}

/**
 * The pool is new with each start, but Strapi's database is not: with another `sub`, ann would be another user with the
 * same email.
 */
function keepSub(pool: Pool, name: string): void {
  const hex = createHash('sha256').update(`demo:${name}`).digest('hex');
  pool.user(name).sub = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

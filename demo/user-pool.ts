import { createHash } from 'node:crypto';
import { startPool, type Pool } from '../tests/support/pool';

/** The user pool that the demo logs in with. */
export interface UserPool {
  /** What goes into the Host URI field. */
  host: string;
  clientId: string;
  clientSecret: string;
  /** Undefined with a pool of AWS. */
  standIn?: Pool;
}

/** Where this pool has to send browsers back to. */
export interface PoolUrls {
  callback: string;
  signOut: string;
}

const variables = ['COGNITO_DOMAIN', 'COGNITO_CLIENT_ID', 'COGNITO_CLIENT_SECRET'];

/**
 * The pool of AWS that the environment names.
 * @throws Error when it names one by halves.
 */
export function poolOfEnvironment(env: NodeJS.ProcessEnv): UserPool {
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
    users: [{ name: 'max', about: 'Email verified; an administrator of Strapi has blocked him' }],
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
 * The pool begins anew with each start, and Strapi's database does not: with another `sub`, ann
 * would be a stranger who has her own email.
 */
function keepSub(pool: Pool, name: string): void {
  const hex = createHash('sha256').update(`demo:${name}`).digest('hex');
  pool.user(name).sub = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

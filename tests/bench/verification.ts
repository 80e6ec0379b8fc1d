import { verify as verifyBytes, createPublicKey, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { issuerFromUserPoolId } from '../../server/protocol/endpoints';
import { type Http } from '../../server/protocol/http';
import { Jwks } from '../../server/protocol/jwks';
import { verifyIdToken } from '../../server/protocol/verify-token';
import { type Claims, type Pool, atHash, startPool } from '../support/pool';
import { verifyBuiltIn } from './built-in-check';
import { type Work, compare, print } from './pairs';

const USER_POOL_ID = 'eu-west-1_AbCdEfGhI';

/** An id_token as Cognito issues it, with its access token and nonce. */
interface Issued {
  readonly idToken: string;
  readonly accessToken: string;
  readonly nonce: string;
}

/** Issues a token with claims of about the size of Cognito's. */
function issue(pool: Pool, issuer: string, aud: string): Issued {
  const nonce = randomUUID();
  const accessToken = pool.tokensFor('ann').access_token;
  const claims: Claims = { ...pool.idClaims('ann', { nonce }), iss: issuer, aud };
  claims.at_hash = atHash(accessToken);
  return { idToken: pool.sign({ claims }), accessToken, nonce };
}

/** The plugin's JWKS of a pool, fetched once and without a network. */
function createJwks(pool: Pool, jwksUrl: string): Jwks {
  const http: Http = {
    fetch: () =>
      Promise.resolve({
        status: 200,
        headers: new Headers(),
        body: Readable.from([Buffer.from(JSON.stringify(pool.jwks()))]),
      }),
    timeout: 5000,
  };
  return new Jwks(jwksUrl, () => http, console.warn);
}

/** The verification of an id_token in one process. All but the built-in provider have the keys in memory. */
export async function run(): Promise<void> {
  const pool = await startPool();
  try {
    const issuer = issuerFromUserPoolId(USER_POOL_ID);
    if (!issuer) throw new Error('not a pool id');
    const { clientId } = pool.client;
    const { idToken, accessToken, nonce } = issue(pool, issuer.canonical, clientId);
    const builtIn = await verifyBuiltIn(pool, idToken);
    const works = {
      '`crypto.verify` of the signature, nothing else': verifySignatureOnly(pool, idToken),
      'this plugin, with nonce and `at_hash`': verifyOurs(pool, issuer, idToken, {
        nonce,
        accessToken,
      }),
      'this plugin, a token that a client sends': verifyOurs(pool, issuer, idToken),
      'aws-jwt-verify': verifyAwsJwtVerify(pool, idToken),
      jose: await verifyJose(pool, issuer.canonical, idToken),
      'the built-in provider, which fetches the JWKS': builtIn.work,
    };
    for (const work of Object.values(works)) Object.assign(work, { cpu: processorTime });
    print('An id_token checked', await compare(works, { concurrency: 1, ms: 200 }));
    await builtIn.stop();
  } finally {
    await pool.stop();
  }
}

/** Of this process, in milliseconds. */
function processorTime(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve((user + system) / 1000);
}

function verifySignatureOnly(pool: Pool, token: string): Work {
  const key = createPublicKey(pool.publicKey());
  const dot = token.lastIndexOf('.');
  const signed = Buffer.from(token.slice(0, dot));
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  return () => {
    if (!verifyBytes('RSA-SHA256', signed, key, signature)) throw new Error('refused');
  };
}

function verifyOurs(
  pool: Pool,
  issuer: NonNullable<ReturnType<typeof issuerFromUserPoolId>>,
  token: string,
  login?: { nonce: string; accessToken: string },
): Work {
  const jwks = createJwks(pool, issuer.jwksUrl);
  const options = { issuer, jwks, clientIds: [pool.client.clientId], clockTolerance: 5 };
  return async () => {
    await verifyIdToken(token, options, login);
  };
}

function verifyAwsJwtVerify(pool: Pool, token: string): Work {
  const { clientId } = pool.client;
  const verifier = CognitoJwtVerifier.create({
    userPoolId: USER_POOL_ID,
    tokenUse: 'id',
    clientId,
  });
  verifier.cacheJwks(pool.jwks() as Parameters<typeof verifier.cacheJwks>[0]);
  return async () => {
    await verifier.verify(token);
  };
}

async function verifyJose(pool: Pool, issuer: string, token: string): Promise<Work> {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const keys = createLocalJWKSet(pool.jwks());
  const options = { issuer, audience: pool.client.clientId, algorithms: ['RS256'] };
  return async () => {
    await jwtVerify(token, keys, options);
  };
}

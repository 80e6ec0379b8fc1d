import {
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';

/** One of a pool's signing keys. */
export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A pool's keys: one signs id_tokens, the other access tokens. */
export interface PoolKeys {
  id: SigningKey;
  access: SigningKey;
}

/** A key of a JWKS. */
export interface PublicJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: string;
}

const generatePair = promisify(generateKeyPair);

async function generateKey(): Promise<SigningKey> {
  const pair = await generatePair('rsa', { modulusLength: 2048 });
  // As Cognito's: base64, so that `+`, `/` and `=` are common in it.
  return { kid: randomBytes(32).toString('base64'), ...pair };
}

/** Two new keys. */
export async function generateKeys(): Promise<PoolKeys> {
  const [id, access] = await Promise.all([generateKey(), generateKey()]);
  return { id, access };
}

let shared: Promise<PoolKeys> | undefined;

/** The keys that all pools of this process start with, because generating keys takes time. */
export function sharedKeys(): Promise<PoolKeys> {
  shared ??= generateKeys();
  return shared;
}

let foreign: KeyObject | undefined;

/** An RSA key that belongs to no pool. */
export function foreignKey(): KeyObject {
  foreign ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return foreign;
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;

/** A new private key on the curve of an ECDSA algorithm. */
export function ellipticKey(alg: keyof typeof curves): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: curves[alg] }).privateKey;
}

/** The public key as in Cognito's JWKS. */
export function publicJwk({ kid, publicKey }: SigningKey): PublicJwk {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

/** The public key as PEM, which an attacker could use as an HS256 secret. */
export function publicPem(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

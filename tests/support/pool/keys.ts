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

/** A pool's keys: one signs id tokens, the other access tokens. */
export interface PoolKeys {
  id: SigningKey;
  access: SigningKey;
}

/** A key as a JWKS shows it. */
export interface PublicJwk extends JsonWebKey {
  kid: string;
  alg: string;
  use: string;
}

const makePair = promisify(generateKeyPair);

async function newKey(): Promise<SigningKey> {
  const pair = await makePair('rsa', { modulusLength: 2048 });
  // As Cognito's: base64, so that a `+`, `/` or `=` in it is nothing unusual.
  return { kid: randomBytes(32).toString('base64'), ...pair };
}

/** A fresh pair of keys. */
export async function newKeys(): Promise<PoolKeys> {
  const [id, access] = await Promise.all([newKey(), newKey()]);
  return { id, access };
}

let shared: Promise<PoolKeys> | undefined;

/** The keys that all pools of this process begin with: making some takes a noticeable moment. */
export function sharedKeys(): Promise<PoolKeys> {
  shared ??= newKeys();
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

/** The public half of a key as Cognito's JWKS shows it. */
export function publicJwk({ kid, publicKey }: SigningKey): PublicJwk {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

/** The public half as PEM: what an HS256 forger uses as the secret. */
export function publicPem(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

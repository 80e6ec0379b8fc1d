import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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

/** RSA keys on disk, because generating one takes a seventh of a second. A test file uses each of them once. */
const folder = path.resolve(__dirname, '..', '..', '..', '.cache', 'rsa-keys');
let used = 0;

function nextKey(): KeyObject {
  const file = path.join(folder, `${used++}.pem`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    // Another process may write the same file.
    writeFileSync(`${file}.${process.pid}`, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    renameSync(`${file}.${process.pid}`, file);
  }
  return createPrivateKey(readFileSync(file));
}

/** A new `kid` as Cognito's: base64, so that `+`, `/` and `=` are common in it. */
const toSigningKey = (privateKey: KeyObject): SigningKey => ({
  kid: randomBytes(32).toString('base64'),
  privateKey,
  publicKey: createPublicKey(privateKey),
});

/** Two keys that no other pool has. */
export const generateKeys = (): PoolKeys => ({
  id: toSigningKey(nextKey()),
  access: toSigningKey(nextKey()),
});

let shared: PoolKeys | undefined;

/** The keys that all pools of a test file start with. */
export const sharedKeys = (): PoolKeys => (shared ??= generateKeys());

let foreign: KeyObject | undefined;

/** An RSA key that belongs to no pool. */
export const foreignKey = (): KeyObject => (foreign ??= nextKey());

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

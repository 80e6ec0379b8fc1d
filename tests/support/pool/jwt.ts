import {
  constants,
  createHash,
  createHmac,
  sign as signBytes,
  verify as verifyBytes,
  type KeyObject,
} from 'node:crypto';
import { ellipticKey, foreignKey, publicPem, type PoolKeys } from './keys';

/** A token's payload. */
export type Claims = Record<string, unknown>;

/** A key: one of the pool's, an RSA key that is not the pool's, or any other (also an HMAC secret). */
export type KeyChoice = 'id' | 'access' | 'foreign' | KeyObject;

/** A token to sign, valid or not. */
export interface SignRequest {
  /** The payload; a string is used as it is, so that it need not be JSON. */
  claims: Claims | string;
  /** Merged into `{ kid, alg }`; a field set to `undefined` is left out. */
  header?: Record<string, unknown>;
  /**
   * The algorithm to sign with, and the header's `alg` unless `header` says otherwise. Default `RS256`. `none` leaves
   * the signature empty. `HS…` with one of the RSA keys uses its public PEM as the secret. `ES…` with one uses a new
   * elliptic key.
   */
  alg?: string;
  /** Default: `access` for claims with `token_use: 'access'`, otherwise `id`. */
  key?: KeyChoice;
}

interface Signer {
  kid: string | undefined;
  key: KeyObject;
}

function signer(keys: PoolKeys, choice: KeyChoice): Signer {
  if (choice === 'id' || choice === 'access') {
    return { kid: keys[choice].kid, key: keys[choice].privateKey };
  }
  // An attacker would use the right kid.
  return { kid: keys.id.kid, key: choice === 'foreign' ? foreignKey() : choice };
}

function defaultKey(claims: Claims | string): 'id' | 'access' {
  return typeof claims === 'object' && claims.token_use === 'access' ? 'access' : 'id';
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text, 'utf8').toString('base64url');
}

function signature(input: Buffer, alg: string, key: KeyObject): Buffer {
  const family = alg.slice(0, 2);
  const hash = `sha${alg.slice(2)}`;
  if (alg.toLowerCase() === 'none') {
    return Buffer.alloc(0);
  }
  if (family === 'HS') {
    return createHmac(hash, key.type === 'secret' ? key : publicPem(key))
      .update(input)
      .digest();
  }
  if (alg === 'ES256' || alg === 'ES384' || alg === 'ES512') {
    const elliptic = key.asymmetricKeyType === 'ec' ? key : ellipticKey(alg);
    return signBytes(hash, input, { key: elliptic, dsaEncoding: 'ieee-p1363' });
  }
  const padding = family === 'PS' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return signBytes(hash, input, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

/**
 * Creates a compact JWS.
 * @throws Error when the key cannot be used with the algorithm.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-5.1
 */
export function signJwt(keys: PoolKeys, request: SignRequest): string {
  const { claims, header, alg = 'RS256', key = defaultKey(claims) } = request;
  const signing = signer(keys, key);
  const input = `${encode({ kid: signing.kid, alg, ...header })}.${encode(claims)}`;
  return `${input}.${signature(Buffer.from(input), alg, signing.key).toString('base64url')}`;
}

/** The claims of a token that this key has signed with RS256; undefined for any other. */
export function readJwt(token: string, publicKey: KeyObject): Claims | undefined {
  const [header = '', payload = '', signaturePart = '', ...more] = token.split('.');
  const input = Buffer.from(`${header}.${payload}`);
  if (
    more.length > 0 ||
    !verifyBytes('sha256', input, publicKey, Buffer.from(signaturePart, 'base64url'))
  ) {
    return undefined;
  }
  return decodeJwt(token);
}

/**
 * The claims of a token, unverified.
 * @throws SyntaxError when it is not a JWT.
 */
export function decodeJwt(token: string): Claims {
  const payload = token.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
}

/**
 * The `at_hash` that belongs to an access token.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
 */
export function atHash(accessToken: string): string {
  const digest = createHash('sha256').update(accessToken, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

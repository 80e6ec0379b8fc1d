import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { JwksClient, type SigningKey } from 'jwks-rsa';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CognitoError, type ErrorCode, quote } from './errors';
import { type Http, requestJson, toUnavailable } from './http';

/** Per window of a minute. Sixty seconds can overlap two windows, so they have at most ten fetches in all. */
const FETCHES_PER_MINUTE = 4;
/** For tokens from the token endpoint, because invented `kid`s must not use up all fetches. */
const RESERVED_FETCHES_PER_MINUTE = 1;
/** Cached keys older than this are fetched again in the background. */
const REFRESH_AFTER_MS = 60 * 60 * 1000;
/** A pool has two keys, a few more around a rotation. */
const MAX_KEYS = 20;
const MIN_MODULUS_BITS = 2048;

/** Whether a JWK says that it is an RSA key for RS256 signatures. @see https://www.rfc-editor.org/rfc/rfc7517#section-4 */
function isSigningJwk(jwk: unknown): jwk is Record<string, unknown> {
  if (typeof jwk !== 'object' || jwk === null) return false;
  const { kty, use, alg, kid } = jwk as Record<string, unknown>;
  return kty === 'RSA' && use === 'sig' && alg === 'RS256' && typeof kid === 'string' && kid !== '';
}

/** The keys of a JWKS that may sign tokens, according to their own attributes. */
const signingJwks = (keys: readonly unknown[]): Record<string, unknown>[] =>
  keys.slice(0, MAX_KEYS).filter(isSigningJwk);

/** Whether a key is long enough for RS256. @see https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
const isLongEnough = (key: KeyObject): boolean =>
  (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS_BITS;

/** The number of keys of a JWKS with which {@link Jwks} can verify tokens. */
export const countUsableKeys = ({ keys }: Readonly<Record<string, unknown>>): number =>
  signingJwks(Array.isArray(keys) ? keys : []).filter((jwk) => {
    try {
      return isLongEnough(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
    } catch {
      // An invalid key counts as none.
      return false;
    }
  }).length;

/** Limits work to a number of times per minute. Concurrent callers share one run. `false`: the limit is reached. */
function limit(timesPerMinute: number, work: () => Promise<void>): () => Promise<boolean> {
  const limiter = new RateLimiterMemory({ points: timesPerMinute, duration: 60 });
  let shared: Promise<boolean> | undefined;
  const run = async () => {
    try {
      await limiter.consume('work');
    } catch {
      return false;
    }
    await work();
    return true;
  };
  return () => (shared ??= run().finally(() => (shared = undefined)));
}

/**
 * The signing keys of a user pool, fetched and parsed by jwks-rsa. Its own cache loses keys while Cognito is down, and
 * its own limit makes callers wait. Here, concurrent callers share one fetch, a successful fetch replaces all keys, a
 * failed one keeps them, and an unknown `kid` fetches again, or is refused at once if the limit is reached.
 */
export class Jwks {
  private keys = new Map<string, KeyObject>();
  private fetchedAt = 0;
  private refreshing: Promise<unknown> | undefined;
  private readonly client: JwksClient;
  private readonly fetch = limit(FETCHES_PER_MINUTE, () => this.replaceKeys());
  private readonly fetchReserved = limit(RESERVED_FETCHES_PER_MINUTE, () => this.replaceKeys());

  constructor(
    private readonly url: string,
    private readonly http: () => Http,
    private readonly warn: (message: string) => void,
  ) {
    const fetcher = (uri: string) => this.load(uri);
    this.client = new JwksClient({ jwksUri: url, cache: false, fetcher });
  }

  /**
   * The public key for a `kid`.
   *
   * @param fromTokenEndpoint whether the token comes from Cognito itself: then the reserved fetch may be used.
   * @throws {CognitoError} `token_signature` if the pool has no such key, or the limit of fetches is reached;
   * `cognito_unavailable` if a fetch fails, or the limit is reached and there are no keys at all.
   */
  async key(kid: string, fromTokenEndpoint = false): Promise<KeyObject> {
    const cached = this.keys.get(kid);
    if (cached) {
      if (performance.now() - this.fetchedAt > REFRESH_AFTER_MS) this.refresh();
      return cached;
    }
    const fetched = (await this.fetch()) || (fromTokenEndpoint && (await this.fetchReserved()));
    const key = this.keys.get(kid);
    if (key) return key;
    if (!fetched && this.keys.size === 0) {
      const problem = 'could not be fetched; the next attempt is rate-limited';
      throw this.toError('cognito_unavailable', problem);
    }
    throw this.toError('token_signature', `has no key ${quote(kid)}`);
  }

  private refresh(): void {
    this.refreshing ??= this.fetch()
      .catch((error: unknown) => {
        const { reason } = error as CognitoError;
        this.warn(`could not refresh the JWKS, still using cached keys: ${reason}`);
      })
      .finally(() => (this.refreshing = undefined));
  }

  private async replaceKeys(): Promise<void> {
    let signingKeys: SigningKey[];
    try {
      signingKeys = await this.client.getSigningKeys();
    } catch (error) {
      throw toUnavailable(`the JWKS at ${this.url}`, error, this.http().timeout);
    }
    const keys = new Map<string, KeyObject>();
    for (const signingKey of signingKeys) {
      const key = createPublicKey(signingKey.getPublicKey());
      if (isLongEnough(key)) keys.set(signingKey.kid, key);
    }
    if (keys.size === 0) throw this.invalidJwks('it has no RSA key of 2048 bits or more');
    this.keys = keys;
    this.fetchedAt = performance.now();
  }

  /** Fetches the JWKS for jwks-rsa, with our limits of time and size, and returns only keys that may sign tokens. */
  private async load(uri: string): Promise<{ keys: Record<string, unknown>[] }> {
    const { status, body } = await requestJson(this.http(), `the JWKS at ${uri}`, uri);
    if (status !== 200) throw this.invalidJwks(`it answered ${status}`);
    if (!Array.isArray(body.keys)) throw this.invalidJwks('it has no list of keys');
    const keys = signingJwks(body.keys);
    if (keys.length === 0) throw this.invalidJwks('it has no RSA key for RS256 signatures');
    return { keys };
  }

  private invalidJwks(problem: string): CognitoError {
    return this.toError('cognito_unavailable', `is unusable: ${problem}`);
  }

  private toError(code: ErrorCode, problem: string): CognitoError {
    return new CognitoError(code, `the JWKS at ${this.url} ${problem}`);
  }
}

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { JwksClient, type SigningKey } from 'jwks-rsa';
import { CognitoError, quote } from './errors';
import { FetchSlots } from './fetch-slots';
import { type Http, requestJson, toUnavailable } from './http';

/**
 * At most ten fetches in any minute. Nine for whoever comes: two at once, and one more every eight
 * seconds. The tenth is kept for logins that wait for it, so that nobody else can use it up.
 */
const FOR_ALL = { atOnce: 2, refill: 8_000 };
const FOR_THE_PATIENT = { atOnce: 1, refill: 60_000 };
/** Kept keys older than this are looked up again, without anybody waiting for it. */
const REFRESH_AFTER_MS = 60 * 60 * 1000;
/** A pool has two keys, a few more around a rotation. */
const MAX_KEYS = 20;
const MIN_MODULUS_BITS = 2048;

/** Time, for tests to replace. */
export interface Clock {
  /** Milliseconds since any moment, never going back. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Whether a JWK says that it is an RSA key for RS256 signatures. @see https://www.rfc-editor.org/rfc/rfc7517#section-4 */
function isSigningJwk(jwk: unknown): jwk is Record<string, unknown> {
  if (typeof jwk !== 'object' || jwk === null) return false;
  const { kty, use, alg, kid } = jwk as Record<string, unknown>;
  return kty === 'RSA' && use === 'sig' && alg === 'RS256' && typeof kid === 'string' && kid !== '';
}

/** Those of a JWKS's keys that may sign tokens, by what they say. */
function signingJwks(keys: readonly unknown[]): Record<string, unknown>[] {
  return keys.slice(0, MAX_KEYS).filter(isSigningJwk);
}

/** Whether a key is long enough for RS256. @see https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
const isLongEnough = (key: KeyObject): boolean =>
  (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS_BITS;

/** How many keys of a JWKS {@link Jwks} would check tokens with. */
export function countUsableKeys({ keys }: Readonly<Record<string, unknown>>): number {
  return signingJwks(Array.isArray(keys) ? keys : []).filter((jwk) => {
    try {
      return isLongEnough(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
    } catch {
      // What is no key counts as none.
      return false;
    }
  }).length;
}

/**
 * The signing keys of one user pool.
 *
 * jwks-rsa turns the JWKS into keys; what it leaves out is here. One fetch serves everybody who
 * waits. Keys are kept: they go on serving while Cognito is down, and a fetch that succeeds replaces
 * them all, so a key that the pool dropped is no longer trusted. An unknown `kid` fetches again, at
 * most ten times a minute however many come. The slots are spread over the minute and one is kept
 * for those who wait, so that made-up `kid`s hold up a real rotation for eight seconds at the most,
 * and a login that came from Cognito, as a rule, not at all.
 */
export class Jwks {
  private keys = new Map<string, KeyObject>();
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;
  private readonly slots: FetchSlots;
  private readonly kept: FetchSlots;
  private readonly client: JwksClient;

  constructor(
    private readonly url: string,
    private readonly http: () => Http,
    private readonly warn: (message: string) => void,
    private readonly clock: Clock = systemClock,
  ) {
    const slots = ({ atOnce, refill }: typeof FOR_ALL) =>
      new FetchSlots(atOnce, refill, () => clock.now());
    this.slots = slots(FOR_ALL);
    this.kept = slots(FOR_THE_PATIENT);
    this.client = new JwksClient({
      jwksUri: url,
      cache: false,
      rateLimit: false,
      fetcher: (uri) => this.load(uri),
    });
  }

  /**
   * The public key for a `kid`.
   *
   * @param patience milliseconds to wait for a slot where those of the minute are used up; with any,
   * the one that is kept may be used.
   * @throws {CognitoError} `token_signature` where the pool has no such key, `cognito_unavailable`
   * where there are no keys at all and none can be had.
   */
  async key(kid: string, patience = 0): Promise<KeyObject> {
    const known = this.keys.get(kid);
    if (known) {
      const old = this.clock.now() - this.fetchedAt > REFRESH_AFTER_MS;
      if (old && !this.fetching && this.slots.take()) {
        // Nobody waits for this one: the kept keys serve until it succeeds.
        this.fetch().catch((error: unknown) => {
          const { reason } = error as CognitoError;
          this.warn(`the kept keys go on serving: ${reason}`);
        });
      }
      return known;
    }
    await this.refetch(patience);
    const fetched = this.keys.get(kid);
    if (fetched) return fetched;
    throw new CognitoError('token_signature', `the JWKS at ${this.url} has no key ${quote(kid)}`);
  }

  private async refetch(patience: number): Promise<void> {
    if (this.fetching) return this.fetching;
    if (this.slots.take() || (patience > 0 && this.kept.take())) return this.fetch();
    const { wait } = this.slots;
    if (wait <= patience) return this.fetchLater(wait);
    if (this.keys.size > 0) return;
    throw new CognitoError(
      'cognito_unavailable',
      `the JWKS at ${this.url} could not be fetched, and is not asked for again so soon`,
    );
  }

  /** One fetch at the next slot, for everybody who has the patience. */
  private fetchLater(wait: number): Promise<void> {
    // A timer may fire a millisecond early, when the slot is not there yet.
    this.waiting ??= this.clock.sleep(Math.ceil(wait) + 1).then(() => {
      this.waiting = undefined;
      return this.refetch(0);
    });
    return this.waiting;
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.fetchKeys().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetchKeys(): Promise<void> {
    let found: SigningKey[];
    try {
      found = await this.client.getSigningKeys();
    } catch (error) {
      throw toUnavailable(`the JWKS at ${this.url}`, error, this.http().timeout);
    }
    const keys = new Map<string, KeyObject>();
    for (const signingKey of found) {
      const key = createPublicKey(signingKey.getPublicKey());
      if (signingKey.kid && isLongEnough(key)) keys.set(signingKey.kid, key);
    }
    if (keys.size === 0) throw this.unusable('it has no RSA key of 2048 bits or more');
    this.keys = keys;
    this.fetchedAt = this.clock.now();
  }

  /** jwks-rsa's view of the network: our bounded call, and only the keys that may sign tokens. */
  private async load(uri: string): Promise<{ keys: Record<string, unknown>[] }> {
    const { status, body } = await requestJson(this.http(), `the JWKS at ${uri}`, uri);
    if (status !== 200) throw this.unusable(`it answered ${status}`);
    if (!Array.isArray(body.keys)) throw this.unusable('it has no list of keys');
    const keys = signingJwks(body.keys);
    if (keys.length === 0) throw this.unusable('it has no RSA key for RS256 signatures');
    return { keys };
  }

  private unusable(problem: string): CognitoError {
    return new CognitoError(
      'cognito_unavailable',
      `the JWKS at ${this.url} is unusable: ${problem}`,
    );
  }
}

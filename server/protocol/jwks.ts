import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { JwksClient, JwksRateLimitError, type SigningKey, SigningKeyNotFoundError } from 'jwks-rsa';
import { CognitoError, quote } from './errors';
import { type Http, requestJson, toUnavailable } from './http';

/**
 * jwks-rsa counts by fixed minutes, so that any sixty seconds see up to twice as many fetches: ten in all.
 * One fetch is reserved for tokens from the token endpoint, so that made-up `kid`s cannot use it up.
 */
const FETCHES_PER_MINUTE = 4;
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
      // An invalid key counts as none.
      return false;
    }
  }).length;
}

/** jwks-rsa, which returns one key at a time, with a look at all keys of a fetch. */
class FetchingClient extends JwksClient {
  constructor(
    options: ConstructorParameters<typeof JwksClient>[0],
    private readonly onFetched: (keys: readonly SigningKey[]) => void,
  ) {
    super(options);
  }

  override async getSigningKeys(): Promise<SigningKey[]> {
    const keys = await super.getSigningKeys();
    this.onFetched(keys);
    return keys;
  }
}

/**
 * The signing keys of a user pool. jwks-rsa fetches, parses and limits; its cache keeps single keys and loses
 * them while Cognito is down. Here, concurrent callers share one fetch, a successful fetch replaces all keys,
 * and a failed one keeps them. An unknown `kid` fetches again, within the limit.
 */
export class Jwks {
  private keys = new Map<string, KeyObject>();
  private fetchedAt = 0;
  private fetching: Promise<unknown> | undefined;
  private readonly client: JwksClient;
  private readonly reserved: JwksClient;

  constructor(
    private readonly url: string,
    private readonly http: () => Http,
    private readonly warn: (message: string) => void,
  ) {
    const client = (jwksRequestsPerMinute: number) =>
      new FetchingClient(
        {
          jwksUri: url,
          cache: false,
          rateLimit: true,
          jwksRequestsPerMinute,
          fetcher: (uri: string) => this.load(uri),
        },
        (keys) => this.replaceKeys(keys),
      );
    this.client = client(FETCHES_PER_MINUTE);
    this.reserved = client(RESERVED_FETCHES_PER_MINUTE);
  }

  /**
   * The public key for a `kid`.
   *
   * @param fromTokenEndpoint whether the token comes from Cognito itself: then the reserved fetch may be used.
   * @throws {CognitoError} `token_signature` if the pool has no such key, `cognito_unavailable` if there are no
   * keys at all and none can be fetched.
   */
  async key(kid: string, fromTokenEndpoint = false): Promise<KeyObject> {
    const cached = this.keys.get(kid);
    if (cached) {
      if (performance.now() - this.fetchedAt > REFRESH_AFTER_MS) this.refresh(kid);
      return cached;
    }
    const fetched =
      (await this.fetch(kid, this.client)) ||
      (fromTokenEndpoint && (await this.fetch(kid, this.reserved)));
    const key = this.keys.get(kid);
    if (key) return key;
    if (!fetched && this.keys.size === 0) {
      throw new CognitoError(
        'cognito_unavailable',
        `the JWKS at ${this.url} could not be fetched; the next attempt is rate-limited`,
      );
    }
    throw new CognitoError('token_signature', `the JWKS at ${this.url} has no key ${quote(kid)}`);
  }

  private refresh(kid: string): void {
    if (this.fetching) return;
    this.fetch(kid, this.client).catch((error: unknown) => {
      const { reason } = error as CognitoError;
      this.warn(`could not refresh the JWKS, still using cached keys: ${reason}`);
    });
  }

  /** Fetches the keys, or waits for the fetch under way; `false` if the limit is reached. */
  private async fetch(kid: string, client: JwksClient): Promise<boolean> {
    this.fetching ??= client.getSigningKey(kid).finally(() => {
      this.fetching = undefined;
    });
    try {
      await this.fetching;
    } catch (error) {
      if (error instanceof JwksRateLimitError) return false;
      if (!(error instanceof SigningKeyNotFoundError)) {
        throw toUnavailable(`the JWKS at ${this.url}`, error, this.http().timeout);
      }
    }
    return true;
  }

  private replaceKeys(signingKeys: readonly SigningKey[]): void {
    const keys = new Map<string, KeyObject>();
    for (const signingKey of signingKeys) {
      const key = createPublicKey(signingKey.getPublicKey());
      if (isLongEnough(key)) keys.set(signingKey.kid, key);
    }
    if (keys.size === 0) throw this.invalidJwks('it has no RSA key of 2048 bits or more');
    this.keys = keys;
    this.fetchedAt = performance.now();
  }

  /** Fetches for jwks-rsa, within our limits of time and size, and returns only keys that may sign tokens. */
  private async load(uri: string): Promise<{ keys: Record<string, unknown>[] }> {
    const { status, body } = await requestJson(this.http(), `the JWKS at ${uri}`, uri);
    if (status !== 200) throw this.invalidJwks(`it answered ${status}`);
    if (!Array.isArray(body.keys)) throw this.invalidJwks('it has no list of keys');
    const keys = signingJwks(body.keys);
    if (keys.length === 0) throw this.invalidJwks('it has no RSA key for RS256 signatures');
    return { keys };
  }

  private invalidJwks(problem: string): CognitoError {
    return new CognitoError(
      'cognito_unavailable',
      `the JWKS at ${this.url} is unusable: ${problem}`,
    );
  }
}

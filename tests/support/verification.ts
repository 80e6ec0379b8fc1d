import { issuerFromUrl } from '../../server/protocol/endpoints';
import { Jwks } from '../../server/protocol/jwks';
import type { VerifyOptions } from '../../server/protocol/verify-token';
import { strapiHttp } from './loopback-http';
import type { Pool } from './pool';

/** The keys that a pool publishes. */
export const jwksFor = (pool: Pool, timeout?: number): Jwks =>
  new Jwks(
    pool.jwksUrl,
    () => strapiHttp(timeout),
    () => undefined,
  );

/** How the tokens of a pool's own client are verified. */
export const verifyOptionsFor = (pool: Pool): VerifyOptions => ({
  issuer: issuerFromUrl(pool.issuer),
  jwks: jwksFor(pool),
  clientIds: [pool.client.clientId],
  clockTolerance: 5,
});

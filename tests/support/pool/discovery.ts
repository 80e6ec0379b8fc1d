import { json, type Reply } from './http';
import { publicJwk, type PublicJwk } from './keys';
import type { PoolState } from './state';

/** The keys that verify the pool's tokens. */
export function jwks({ keys, oldKeys }: PoolState): { keys: PublicJwk[] } {
  return {
    keys: [keys, ...oldKeys].flatMap(({ id, access }) => [publicJwk(id), publicJwk(access)]),
  };
}

/** `GET /.well-known/jwks.json` */
export function jwksReply(state: PoolState): Reply {
  return json(200, jwks(state), { 'cache-control': 'public, max-age=86400' });
}

/** `GET /.well-known/openid-configuration` */
export function discovery({ origin }: PoolState): Reply {
  return json(200, {
    authorization_endpoint: `${origin}/oauth2/authorize`,
    end_session_endpoint: `${origin}/logout`,
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: origin,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    revocation_endpoint: `${origin}/oauth2/revoke`,
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${origin}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    userinfo_endpoint: `${origin}/oauth2/userInfo`,
  });
}

import { json, type PoolRequest, type Reply } from './http';
import { readJwt } from './jwt';
import { poolSeconds, type PoolState } from './state';
import { readableAttributes } from './tokens';

function refusal(status: number, error: string, description: string): Reply {
  return json(
    status,
    { error, error_description: description },
    { 'www-authenticate': `Bearer error="${error}", error_description="${description}"` },
  );
}

/** All values are strings here, even those that are booleans in the id_token. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * `GET /oauth2/userInfo`
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
 */
export function userInfo(state: PoolState, { headers }: PoolRequest): Reply {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) {
    return refusal(400, 'invalid_request', 'Access token is missing or malformed');
  }
  const all = [state.keys, ...state.oldKeys];
  const claims = all.map(({ access }) => readJwt(token, access.publicKey)).find(Boolean);
  const user = [...state.users.values()].find(({ sub }) => sub === claims?.sub);
  const gone =
    !claims ||
    !user ||
    claims.token_use !== 'access' ||
    !(Number(claims.exp) > poolSeconds(state)) ||
    state.revoked.has(String(claims.origin_jti));
  if (gone) {
    return refusal(
      401,
      'invalid_token',
      'Access token is expired, disabled, or deleted, or the user has globally signed out.',
    );
  }
  const scopes = asText(claims.scope ?? '').split(' ');
  if (!scopes.includes('openid')) {
    return refusal(401, 'invalid_token', 'Access token does not contain openid scope');
  }
  const attributes = Object.entries(readableAttributes(user, scopes));
  const body = {
    sub: user.sub,
    ...Object.fromEntries(attributes.map(([name, value]) => [name, asText(value)])),
    ...(user.identities.length > 0 ? { identities: asText(user.identities) } : {}),
    username: user.username,
  };
  return json(200, state.changes.userInfo?.(body) ?? body);
}

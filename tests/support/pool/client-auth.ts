import type { AppClient } from './clients';
import { json, type PoolRequest, type Reply } from './http';
import type { PoolState } from './state';

/** An error of the token and revocation endpoints. */
export function oauthError(error: string, description?: string): Reply {
  const body = description === undefined ? { error } : { error, error_description: description };
  return json(400, body, { 'cache-control': 'no-store', pragma: 'no-cache' });
}

interface Credentials {
  clientId: string;
  secret: string | undefined;
}

/** Base64 of `id:secret`: Cognito does not expect RFC 6749's form encoding inside. */
function basicCredentials(header: string): Credentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1];
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { clientId: text.slice(0, colon), secret: text.slice(colon + 1) };
}

function credentials({ headers, form }: PoolRequest): Credentials | undefined {
  if (headers.authorization !== undefined) {
    return basicCredentials(headers.authorization);
  }
  const clientId = form.get('client_id');
  return clientId ? { clientId, secret: form.get('client_secret') ?? undefined } : undefined;
}

/** Authenticates the client of a request: by Basic, by the form, or by its id when it is a public client. */
export function authenticate(state: PoolState, request: PoolRequest): AppClient | Reply {
  const given = credentials(request);
  const client = given && state.clients.get(given.clientId);
  const stated = request.form.get('client_id');
  if (!client || client.clientSecret !== given.secret) {
    return oauthError('invalid_client');
  }
  if (stated !== null && stated !== client.clientId) {
    return oauthError('invalid_request', 'client_id does not match the credentials');
  }
  return client;
}

/** Whether a request is form-encoded. */
export function isForm({ headers }: PoolRequest): boolean {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/x-www-form-urlencoded';
}

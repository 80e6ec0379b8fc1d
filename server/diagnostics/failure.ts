import type { CognitoError } from '../protocol/errors';

/** Why a call got no answer. */
export interface Failure {
  readonly kind: 'unresolvable' | 'refused' | 'timeout' | 'tls' | 'unreachable';
  /** The name that Node.js has for it, such as `ECONNRESET`. */
  readonly problem: string;
}

const KINDS: Readonly<Record<string, Failure['kind']>> = {
  ENOTFOUND: 'unresolvable',
  EAI_AGAIN: 'unresolvable',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls',
};

/** Certificates are objected to by OpenSSL's names. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS = /^ERR_(?:TLS|SSL)_|CERT|^UNABLE_TO_|_SIGNATURE/;

/** Tells apart why a call failed, by the error behind `cognito_unavailable`. */
export function failureOf({ cause }: CognitoError): Failure {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') {
    return { kind: 'timeout', problem: 'timeout' };
  }
  // The names are Node's own: nothing in them is from the other side.
  if (typeof code !== 'string' || !/^[A-Z0-9_]{1,60}$/.test(code)) {
    return { kind: 'unreachable', problem: 'connection broken' };
  }
  return { kind: KINDS[code] ?? (TLS.test(code) ? 'tls' : 'unreachable'), problem: code };
}

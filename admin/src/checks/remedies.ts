import type { CheckResult } from '../../../server/admin-contract';

/** The place on the page where something can be fixed. */
export interface Place {
  readonly tab: 'connection' | 'accounts';
  readonly setting: string;
}

const connection = (setting: string): Place => ({ tab: 'connection', setting });
const accounts = (setting: string): Place => ({ tab: 'accounts', setting });

/**
 * By the code of a finding, or by its check. Problems that are fixed in Cognito's console or in a config file have
 * none.
 */
const places: Readonly<Partial<Record<string, Place>>> = {
  'provider.off': connection('enabled'),
  'host-uri': connection('domain'),
  'callback-url': connection('urls'),
  'client.id-missing': connection('clientId'),
  'client.unknown-id': connection('clientId'),
  'client.secret-wrong': connection('clientSecret'),
  'client.secret-missing': connection('clientSecret'),
  'client.secret-superfluous': connection('clientSecret'),
  issuer: connection('userPool'),
  'jwks.no-pool': connection('userPool'),
  'jwks.unreachable': connection('userPool'),
  'jwks.no-keys': connection('userPool'),
  'front-end': connection('callback'),
  'roles.missing': accounts('roles'),
  attributes: accounts('attributes'),
};

/** Where the cause of a finding is on this page; `undefined` if it is elsewhere, or if nothing is wrong. */
export function placeOf({ id, code, outcome }: CheckResult): Place | undefined {
  return outcome === 'fail' || outcome === 'warn' ? (places[code] ?? places[id]) : undefined;
}

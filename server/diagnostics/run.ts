import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { SettingsProblem } from '../admin-contract';
import { type UserPoolDomain, isLoopbackHost, toEndpoints } from '../protocol/endpoints';
import type { CognitoError } from '../protocol/errors';
import { type AnyResponse, type HttpRequest, requestAny } from '../protocol/http';
import { tokenRequest } from '../protocol/token-endpoint';
import { createAuthorizeRequest } from '../login/connect';
import type { Settings, ConnectionSources } from '../settings/settings';
import { type Strapi, strapiHttp } from '../strapi';
import { redirectUri, redirectUrl } from '../urls';

/** The times of a call in milliseconds: sent and answered by our clock, and answered by theirs. */
export interface Timing {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** `Date` of the response, which has whole seconds only. */
  readonly date: number;
}

interface Failure {
  readonly kind: 'unresolvable' | 'refused' | 'timeout' | 'tls' | 'unreachable' | 'failing';
  /** The name that Node.js has for it, such as `ECONNRESET`, or the HTTP status. */
  readonly problem: string;
  /** The HTTP status of a host that is overloaded or has failed. */
  readonly status?: number;
}

/** The result of a call. */
export type ProbeResult =
  { readonly response: AnyResponse; readonly timing?: Timing } | { readonly failure: Failure };

/** The connection as it was configured, valid or not. */
type Configured = {
  readonly [Key in keyof ConnectionSources]: ConnectionSources[Key]['value'];
};

const random = () => randomBytes(32).toString('base64url');

/** One run of the checks. It uses one version of the settings, and makes each call to Cognito once. */
export class DiagnosticsRun {
  /** Where Strapi tells Cognito to send the browser. */
  readonly redirectUri: string;
  /** The same, parsed: its origin is Strapi's own as the browser knows it. */
  readonly redirectUrl: URL;
  readonly configured: Configured;
  private readonly started = new Map<string, Promise<unknown>>();

  constructor(
    readonly strapi: Strapi,
    readonly settings: Settings,
  ) {
    this.redirectUri = redirectUri(strapi);
    this.redirectUrl = redirectUrl(strapi);
    const sources = Object.entries(settings.sources.connection);
    const values = sources.map(([key, { value }]) => [key, value] as const);
    this.configured = Object.fromEntries(values) as unknown as Configured;
  }

  hasProblem(code: SettingsProblem['code']): boolean {
    return this.settings.problems.some((problem) => problem.code === code);
  }

  once<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.started.get(name) as Promise<Result> | undefined) ?? work();
    this.started.set(name, result);
    return result;
  }

  /** Sends the authorize request of a login. No user logs in: the response is a redirect. */
  authorize(host: UserPoolDomain, scope: readonly string[]): Promise<ProbeResult> {
    return this.once(`authorize ${scope.join(' ')}`, async () => {
      const client = { host, clientId: this.clientId, scope };
      const { url } = await createAuthorizeRequest(this.strapi, client);
      return this.call(url);
    });
  }

  /** Sends an invented code to the token endpoint: the error tells whether the client is valid. */
  token(host: UserPoolDomain, clientSecret?: string): Promise<ProbeResult> {
    const grant = { code: random(), redirectUri: this.redirectUri, codeVerifier: random() };
    const request = tokenRequest({ clientId: this.clientId, clientSecret }, grant);
    const kind = clientSecret === undefined ? 'public' : 'confidential';
    return this.once(`token ${kind}`, () => this.call(toEndpoints(host).token, request));
  }

  /** A missing value is replaced by a text: responses still distinguish a user pool domain from other hosts. */
  private get clientId(): string {
    return this.configured.clientId ?? 'none';
  }

  fetch(url: string): Promise<ProbeResult> {
    return this.once(`fetch ${url}`, () => this.call(url));
  }

  /**
   * Whether the checks may call a URL. A public Strapi calls nothing in its private network or on its own
   * computer, even if the settings say so: the response, and its timing, would tell an admin which ports are
   * open.
   */
  async isSafeToFetch(url: string): Promise<boolean> {
    if (this.settings.deployment.onLoopback) return true;
    const target = new URL(url);
    if (!isPublic(target)) return false;
    let addresses: readonly { address: string }[];
    try {
      addresses = await lookup(target.hostname, { all: true });
    } catch {
      // The call itself will fail for the same reason, or a proxy resolves the name.
      return true;
    }
    return !addresses.some(({ address }) => isPrivateAddress(address));
  }

  private async call(url: string, init?: HttpRequest): Promise<ProbeResult> {
    const http = strapiHttp(this.strapi, this.settings.http.timeout);
    const sentAt = Date.now();
    try {
      const response = await requestAny(http, 'a check of the connection', url, init);
      const { status, date } = response;
      if (status === 429 || status >= 500) {
        return { failure: { kind: 'failing', problem: `HTTP ${status}`, status } };
      }
      return {
        response,
        timing: date === undefined ? undefined : { sentAt, receivedAt: Date.now(), date },
      };
    } catch (error) {
      return { failure: toFailure(error as CognitoError) };
    }
  }
}

const FAILURE_KINDS: Readonly<Record<string, Failure['kind']>> = {
  ENOTFOUND: 'unresolvable',
  EAI_AGAIN: 'unresolvable',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls',
};

/** OpenSSL's names for problems with a certificate. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS = /^ERR_(?:TLS|SSL)_|CERT|^UNABLE_TO_|_SIGNATURE/;

/** Why a call failed, by the error behind `cognito_unavailable`. */
export function toFailure({ cause }: CognitoError): Failure {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') {
    return { kind: 'timeout', problem: 'timeout' };
  }
  // Only names from Node.js are shown, and no text from the other host.
  if (typeof code !== 'string' || !/^[A-Z0-9_]{1,60}$/.test(code)) {
    return { kind: 'unreachable', problem: 'connection broken' };
  }
  return { kind: FAILURE_KINDS[code] ?? (TLS.test(code) ? 'tls' : 'unreachable'), problem: code };
}

/** Whether an IP address belongs to this computer, to a private network, or to no computer. */
export function isPrivateAddress(address: string): boolean {
  // NAT64 puts 64:ff9b::/96 in front of the addresses of the internet.
  return ipaddr.process(address).range() !== 'unicast' && !address.startsWith('64:ff9b::');
}

/** Whether browsers on other computers can open a URL, judging by its host name. */
export function isPublic({ hostname }: URL): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return !isLoopbackHost(hostname) && !(isIP(bare) !== 0 && isPrivateAddress(bare));
}

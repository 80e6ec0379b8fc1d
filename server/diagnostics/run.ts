import { createHash, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { type AppClient, tokenRequest } from '../protocol/code-exchange';
import { type HostUri, endpointsOf } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { type AnyResponse, type HttpRequest, requestAny } from '../protocol/http';
import { redirectUri, serverUrl } from '../urls';
import type { Settings } from '../settings/settings';
import type { Strapi } from '../strapi';
import { isPrivateAddress, isPublic } from './addresses';
import type { Timing } from './clock';
import { type Failure, failureOf } from './failure';

/** What came of a call. */
export type Called =
  { readonly response: AnyResponse; readonly timing?: Timing } | { readonly failure: Failure };

/** What a connection is made of. */
interface Given {
  readonly domain: string | undefined;
  readonly clientId: string | undefined;
  /** None for a public client. */
  readonly clientSecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly callback: string | undefined;
  readonly scope: readonly string[];
}

const random = () => randomBytes(32).toString('base64url');

/**
 * One look at everything: the settings as they were then, and every call to Cognito made once, however
 * many checks want its answer.
 */
export class Run {
  /** What Strapi tells Cognito to come back to. */
  readonly redirectUri: string;
  /** Strapi's own URL as the browser knows it. */
  readonly serverUrl: URL;
  private readonly made = new Map<string, Promise<unknown>>();
  private readonly codeVerifier = random();

  constructor(
    readonly strapi: Strapi,
    readonly settings: Settings,
  ) {
    this.redirectUri = redirectUri(strapi);
    this.serverUrl = serverUrl(strapi);
  }

  /** The connection as it was given, whether or not it is good for anything. */
  get given(): Given {
    const { domain, clientId, clientSecret, jwksUrl, callback, scope } =
      this.settings.sources.connection;
    return {
      domain: domain.value,
      clientId: clientId.value,
      clientSecret: clientSecret.value ?? undefined,
      jwksUrl: jwksUrl.value,
      callback: callback.value,
      scope: scope.value,
    };
  }

  /** Does something once in this run. */
  once<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const begun = (this.made.get(name) as Promise<Result> | undefined) ?? work();
    this.made.set(name, begun);
    return begun;
  }

  /** Asks the authorize endpoint as the browser of a login does, up to the page where a person would come in. */
  authorize(host: HostUri, clientId: string, scope: readonly string[]): Promise<Called> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: this.redirectUri,
      scope: scope.join(' '),
      state: random(),
      nonce: random(),
      code_challenge: createHash('sha256').update(this.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const url = `${endpointsOf(host).authorize}?${query.toString().replaceAll('+', '%20')}`;
    return this.once(`authorize ${scope.join(' ')}`, () => this.call(url));
  }

  /** Brings a made-up code to the token endpoint: what it objects to first tells what it thinks of the client. */
  token(host: HostUri, client: AppClient): Promise<Called> {
    const { codeVerifier } = this;
    const grant = { code: random(), redirectUri: this.redirectUri, codeVerifier };
    const kind = client.clientSecret === undefined ? 'public' : 'confidential';
    return this.once(`token ${kind}`, () =>
      this.call(endpointsOf(host).token, tokenRequest(client, grant)),
    );
  }

  /** Fetches what the user pool publishes. */
  fetch(url: string): Promise<Called> {
    return this.once(`fetch ${url}`, () => this.call(url));
  }

  /**
   * Whether a URL may be asked. A public Strapi asks none in its private network or on its own computer,
   * whoever wrote it into the settings: what answers there, and how soon, would tell an admin which ports
   * are open.
   */
  async mayAsk(url: string): Promise<boolean> {
    if (this.settings.deployment.onLoopback) return true;
    const target = new URL(url);
    if (!isPublic(target)) return false;
    let addresses: readonly { address: string }[];
    try {
      addresses = await lookup(target.hostname, { all: true });
    } catch {
      // The call will find the same, or a proxy knows more.
      return true;
    }
    return !addresses.some(({ address }) => isPrivateAddress(address));
  }

  private async call(url: string, init?: HttpRequest): Promise<Called> {
    const { strapi } = this;
    const http = {
      fetch: (...[to, how]: Parameters<typeof strapi.fetch>) => strapi.fetch(to, how),
      timeout: this.settings.http.timeout,
    };
    const sentAt = Date.now();
    try {
      const response = await requestAny(http, 'a check of the connection', url, init);
      const { date } = response;
      const timing = date === undefined ? undefined : { sentAt, receivedAt: Date.now(), date };
      return { response, ...(timing && { timing }) };
    } catch (error) {
      if (error instanceof CognitoError) return { failure: failureOf(error) };
      throw error;
    }
  }
}

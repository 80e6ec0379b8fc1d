import request, { type Response } from 'supertest';
import { Browser, type BrowserResponse } from './browser';
import { type Pool, type PoolOptions, startPool } from './pool';
import { type StrapiOptions, type StrapiUnderTest, startStrapi } from './strapi';

/** Where the front-end of these tests would be; nothing listens there. */
export const FRONT_END = 'http://localhost:3000/connect/cognito/redirect';

/** A response body of the exchange endpoint. */
export interface Exchanged {
  jwt?: string;
  refreshToken?: string;
  user?: { id: number; username: string; email: string; provider: string; confirmed: boolean };
  error?: { status: number; name: string; message: string; details: { code?: string } };
  data?: null;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Exchanged;
}

/** A Strapi with the plugin, whose provider is configured for a stand-in pool. */
export class Site {
  constructor(
    readonly pool: Pool,
    readonly strapi: StrapiUnderTest,
  ) {}

  get connectUrl(): string {
    return `${this.strapi.url}/api/connect/cognito`;
  }

  get exchangeUrl(): string {
    return `${this.strapi.url}/api/auth/cognito/callback`;
  }

  /** Starts a login and signs in at the pool. Returns the URL that the pool redirects the browser to. */
  async signIn(name: string, browser = new Browser(), query = ''): Promise<string> {
    const { location } = await browser.get(this.connectUrl + query);
    if (location === undefined) throw new Error('connect did not redirect');
    return this.pool.authorize(location, name);
  }

  /** A whole login up to the front-end. Returns the query parameters there. */
  async login(name: string, query = ''): Promise<URLSearchParams> {
    const browser = new Browser();
    return redirectParameters(await browser.get(await this.signIn(name, browser, query)));
  }

  /** A login up to its one-time code. */
  async code(name: string): Promise<string> {
    const parameters = await this.login(name);
    const code = parameters.get('access_token');
    if (code === null) throw new Error(`No code: ${parameters.toString()}`);
    return code;
  }

  /** The request that the front-end makes with the parameters of its URL. */
  async exchange(parameters: Record<string, string>): Promise<Answer> {
    return fromSupertest(await request(this.exchangeUrl).get('').query(parameters));
  }

  /** The same by POST, with a JSON body of any kind. */
  async exchangeByPost(body: unknown): Promise<Answer> {
    const json = JSON.stringify(body);
    return fromSupertest(await request(this.exchangeUrl).post('').type('json').send(json));
  }

  /** A whole login up to the Strapi JWT. */
  async loginAs(name: string): Promise<Answer> {
    return this.exchange({ access_token: await this.code(name) });
  }

  /** `/api/users/me` with a JWT. */
  async me(jwt: string): Promise<{ status: number; body: { id?: number; email?: string } }> {
    const headers = { authorization: `Bearer ${jwt}` };
    const response = await fetch(`${this.strapi.url}/api/users/me`, { headers });
    return { status: response.status, body: (await response.json()) as { id?: number } };
  }

  /** Empties the tables that logins fill. */
  async clearUsers(): Promise<void> {
    await this.strapi.run(async (strapi) => {
      await strapi.db.query('plugin::cognito.identity').deleteMany({});
      await strapi.db.query('plugin::cognito.one-time-code').deleteMany({});
      await strapi.plugin('cognito').service('login-records').flush?.();
      await strapi.db.query('plugin::cognito.login-record').deleteMany({});
      await strapi.db.query('plugin::users-permissions.user').deleteMany({});
    });
  }

  /** The rows of one of the plugin's tables. */
  rows(table: 'identity' | 'one-time-code' | 'lease' | 'login-record', populate: string[] = []) {
    return this.strapi.run(
      (strapi, arg) => strapi.db.query(`plugin::cognito.${arg.table}`).findMany(arg),
      { table, populate },
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.strapi.stop(), this.pool.stop()]);
  }
}

/** Reads a response of fetch. */
export async function toAnswer(response: globalThis.Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Exchanged };
}

function fromSupertest({ status, headers, body }: Response): Answer {
  return { status, headers: new Headers(headers), body: body as Exchanged };
}

/** The query of the URL that a browser is redirected to. */
export function redirectParameters({ location, status }: BrowserResponse): URLSearchParams {
  if (location === undefined) throw new Error(`expected a redirect, got ${String(status)}`);
  return new URL(location).searchParams;
}

/**
 * Starts a pool and a Strapi, and fills in the five fields of the Providers page. Both are stopped after the file's tests.
 */
export async function startSite(
  options: StrapiOptions = {},
  poolOptions: PoolOptions = {},
): Promise<Site> {
  const site = new Site(await startPool(poolOptions), await startStrapi(options));
  await connectPool(site);
  return site;
}

/** Fills in the five fields, and registers the callback URL at the pool. */
export async function connectPool({ pool, strapi }: Site): Promise<void> {
  pool.client.callbackUrls.push(strapi.redirectUri);
  await strapi.setGrant({
    enabled: true,
    key: pool.client.clientId,
    secret: pool.client.clientSecret,
    subdomain: pool.origin,
    callback: FRONT_END,
  });
}

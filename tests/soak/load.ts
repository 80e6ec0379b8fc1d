import { randomInt, randomUUID } from 'node:crypto';
import { withTimeout } from '../../server/protocol/with-timeout';
import { errorTable } from '../../server/protocol/errors';
import { Browser } from '../support/browser';
import type { Pool } from '../support/pool';
import type { Exchanged } from '../support/site';
import type { Instance } from './instances';
import { type Trouble, sleep } from './trouble';

/** How a login may end. */
export type Outcome =
  | { readonly kind: 'logged in'; readonly userId: number }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'broken'; readonly why: string };

/** One attempt to log in. */
export interface Attempt {
  readonly user: string;
  readonly method: string;
  readonly outcome: Outcome;
  /** Why this outcome is wrong; undefined if it is right. */
  readonly wrong?: string;
}

/** Longer than any response may take, in milliseconds. */
const DEADLINE = 20_000;
const WORKERS = 6;
/** Milliseconds between two logins of one worker: a steady load, not the highest. */
const PAUSE = 150;
const NEW_USER_RATIO = 0.3;

/** An instance that did not respond. */
class NoResponse extends Error {
  constructor(
    readonly instance: Instance,
    cause: unknown,
  ) {
    super(`${instance.name}: ${String(cause)}`, { cause });
  }
}

/** Logins of all kinds, by new and returning users, on all instances. */
export class Load {
  readonly attempts: Attempt[] = [];
  private readonly users: string[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly instances: readonly Instance[],
    private readonly trouble: Trouble,
  ) {}

  async run(until: number): Promise<void> {
    const worker = async () => {
      while (Date.now() < until) {
        const user = this.pickUser();
        // Sometimes a user clicks twice.
        const times = randomInt(5) === 0 ? 2 : 1;
        await Promise.all(Array.from({ length: times }, () => this.attempt(user)));
        await sleep(PAUSE);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
  }

  /** Logs in a known user on this instance, which must work. */
  async expectLogin(instance: Instance): Promise<void> {
    const start = Date.now();
    const outcome = await this.loginByBrowser('ann', instance, instance).catch(toBroken);
    this.record('ann', 'browser, at the end', start, outcome, []);
  }

  private pickUser(): string {
    if (this.users.length > 0 && Math.random() > NEW_USER_RATIO) {
      return this.users[randomInt(this.users.length)]!;
    }
    const name = `p${randomUUID()}`;
    this.pool.addUser({ name });
    this.users.push(name);
    return name;
  }

  private async attempt(user: string): Promise<void> {
    const [one, other] = [this.anyInstance(), this.anyInstance()];
    const methods = {
      browser: () => this.loginByBrowser(user, one, other),
      id_token: () => this.loginByToken(user, one, 'id_token'),
      access_token: () => this.loginByToken(user, one, 'access_token'),
    };
    const method = (['browser', 'browser', 'id_token', 'access_token'] as const)[randomInt(4)]!;
    const start = Date.now();
    const outcome = await methods[method]().catch(toBroken);
    const down = [one, other].filter((instance) => instance.wasDownSince(start));
    this.record(user, method, start, outcome, down);
  }

  private anyInstance(): Instance {
    const up = this.instances.filter(({ isUp }) => isUp);
    return up[randomInt(up.length)]!;
  }

  private record(
    user: string,
    method: string,
    start: number,
    outcome: Outcome,
    down: readonly Instance[],
  ): void {
    this.attempts.push({ user, method, outcome, wrong: this.problem(start, outcome, down) });
  }

  /** What is wrong with the outcome of a login. */
  private problem(start: number, outcome: Outcome, down: readonly Instance[]): string | undefined {
    if (outcome.kind === 'broken') {
      return down.length > 0
        ? undefined
        : `broken, although no instance was killed: ${outcome.why}`;
    }
    if (outcome.kind === 'logged in') return undefined;
    if (!Object.hasOwn(errorTable, outcome.code)) return `not one of our errors: ${outcome.code}`;
    if (this.trouble.wasDownSince(start)) return undefined;
    return `${outcome.code}, although Cognito had no fault`;
  }

  /** By browser; the front-end may exchange the code at another instance. */
  private async loginByBrowser(user: string, by: Instance, ends: Instance): Promise<Outcome> {
    const browser = new Browser();
    const connect = await withDeadline(by, browser.get(by.site.connectUrl));
    if (connect.location === undefined) return withoutCode('connect', connect.status, connect.body);
    const back = await this.pool.authorize(connect.location, user);
    const callback = await withDeadline(by, browser.get(back));
    if (callback.location === undefined)
      return withoutCode('callback', callback.status, callback.body);
    const query = new URL(callback.location).searchParams;
    const code = query.get('access_token');
    if (code === null) return { kind: 'refused', code: query.get('error') ?? callback.location };
    return this.exchange(ends, { access_token: code });
  }

  private loginByToken(user: string, at: Instance, kind: 'id_token' | 'access_token') {
    return this.exchange(at, { [kind]: this.pool.tokensFor(user)[kind] });
  }

  private async exchange(at: Instance, body: Record<string, string>): Promise<Outcome> {
    const { status, text } = await withDeadline(at, post(at.site.exchangeUrl, body));
    let answer: Exchanged;
    try {
      answer = JSON.parse(text) as Exchanged;
    } catch {
      return withoutCode('exchange', status, text);
    }
    if (status === 200 && answer.jwt && answer.user) {
      return { kind: 'logged in', userId: answer.user.id };
    }
    const code = answer.error?.details.code;
    return code === undefined ? withoutCode('exchange', status, text) : { kind: 'refused', code };
  }
}

async function post(url: string, body: unknown): Promise<{ status: number; text: string }> {
  // A new connection, so that a broken one always belongs to a request.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

const withoutCode = (step: string, status: number, text: string): Outcome => ({
  kind: 'refused',
  code: `${step} answered ${status} ${text.slice(0, 200)}`,
});

async function withDeadline<T>(instance: Instance, request: Promise<T>): Promise<T> {
  try {
    return await withTimeout(request, DEADLINE);
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new NoResponse(instance, cause ?? error);
  }
}

function toBroken(error: unknown): Outcome {
  if (!(error instanceof NoResponse)) throw error;
  return { kind: 'broken', why: error.message };
}

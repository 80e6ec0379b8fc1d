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

/** One login that was tried. */
export interface Attempt {
  readonly person: string;
  readonly way: string;
  readonly outcome: Outcome;
  /** Why it may not have ended so; without it, all is well. */
  readonly wrong?: string;
}

/** No answer is ever waited for as long as this, by anybody. In milliseconds. */
const DEADLINE = 20_000;
const WORKERS = 6;
/** Milliseconds between two logins of one worker: steady, not as many as can be. */
const PAUSE = 150;
const NEW_PEOPLE = 0.3;

/** Carries the instance that did not answer. */
class NoAnswer extends Error {
  constructor(
    readonly instance: Instance,
    cause: unknown,
  ) {
    super(`${instance.name}: ${String(cause)}`, { cause });
  }
}

/** Logins of all kinds, by people old and new, on all instances. */
export class Load {
  readonly attempts: Attempt[] = [];
  private readonly people: string[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly instances: readonly Instance[],
    private readonly trouble: Trouble,
  ) {}

  async run(until: number): Promise<void> {
    const worker = async () => {
      while (Date.now() < until) {
        const person = this.somebody();
        // Now and then somebody presses twice.
        const times = randomInt(5) === 0 ? 2 : 1;
        await Promise.all(Array.from({ length: times }, () => this.attempt(person)));
        await sleep(PAUSE);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
  }

  /** A login of somebody who is there, on this instance, which must work. */
  async mustWork(instance: Instance): Promise<void> {
    const start = Date.now();
    const outcome = await this.byBrowser('ann', instance, instance).catch(brokenBy);
    this.record('ann', 'browser, at the end', start, outcome, []);
  }

  private somebody(): string {
    if (this.people.length > 0 && Math.random() > NEW_PEOPLE) {
      return this.people[randomInt(this.people.length)]!;
    }
    const name = `p${randomUUID()}`;
    this.pool.addUser({ name });
    this.people.push(name);
    return name;
  }

  private async attempt(person: string): Promise<void> {
    const [one, other] = [this.anyInstance(), this.anyInstance()];
    const ways = {
      browser: () => this.byBrowser(person, one, other),
      id_token: () => this.byToken(person, one, 'id_token'),
      access_token: () => this.byToken(person, one, 'access_token'),
    };
    const way = (['browser', 'browser', 'id_token', 'access_token'] as const)[randomInt(4)]!;
    const start = Date.now();
    const outcome = await ways[way]().catch(brokenBy);
    const down = [one, other].filter((instance) => instance.wasDownSince(start));
    this.record(person, way, start, outcome, down);
  }

  private anyInstance(): Instance {
    const up = this.instances.filter(({ isUp }) => isUp);
    return up[randomInt(up.length)]!;
  }

  private record(
    person: string,
    way: string,
    start: number,
    outcome: Outcome,
    down: readonly Instance[],
  ): void {
    this.attempts.push({ person, way, outcome, wrong: this.problem(start, outcome, down) });
  }

  /** What is wrong about the way a login has ended. */
  private problem(start: number, outcome: Outcome, down: readonly Instance[]): string | undefined {
    if (outcome.kind === 'broken') {
      return down.length > 0 ? undefined : `broken, though nobody was killed: ${outcome.why}`;
    }
    if (outcome.kind === 'logged in') return undefined;
    if (!Object.hasOwn(errorTable, outcome.code)) return `not one of our errors: ${outcome.code}`;
    if (this.trouble.wasOutSince(start)) return undefined;
    return `${outcome.code}, though Cognito was well`;
  }

  /** By browser, the front-end asking another instance than the one that the browser was led to. */
  private async byBrowser(person: string, by: Instance, ends: Instance): Promise<Outcome> {
    const browser = new Browser();
    const connect = await answered(by, browser.get(by.site.connectUrl));
    if (connect.location === undefined) return unnamed('connect', connect.status, connect.body);
    const back = await this.pool.authorize(connect.location, person);
    const callback = await answered(by, browser.get(back));
    if (callback.location === undefined) return unnamed('callback', callback.status, callback.body);
    const query = new URL(callback.location).searchParams;
    const code = query.get('access_token');
    if (code === null) return { kind: 'refused', code: query.get('error') ?? callback.location };
    return this.exchange(ends, { access_token: code });
  }

  private byToken(person: string, at: Instance, kind: 'id_token' | 'access_token') {
    return this.exchange(at, { [kind]: this.pool.tokensFor(person)[kind] });
  }

  private async exchange(at: Instance, body: Record<string, string>): Promise<Outcome> {
    const { status, text } = await answered(at, post(at.site.exchangeUrl, body));
    let answer: Exchanged;
    try {
      answer = JSON.parse(text) as Exchanged;
    } catch {
      return unnamed('exchange', status, text);
    }
    if (status === 200 && answer.jwt && answer.user) {
      return { kind: 'logged in', userId: answer.user.id };
    }
    const code = answer.error?.details.code;
    return code === undefined ? unnamed('exchange', status, text) : { kind: 'refused', code };
  }
}

async function post(url: string, body: unknown): Promise<{ status: number; text: string }> {
  // A connection of its own, so that a broken one is always that of a request.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

const unnamed = (step: string, status: number, text: string): Outcome => ({
  kind: 'refused',
  code: `${step} answered ${status} ${text.slice(0, 200)}`,
});

async function answered<T>(instance: Instance, request: Promise<T>): Promise<T> {
  try {
    return await withTimeout(request, DEADLINE);
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new NoAnswer(instance, cause ?? error);
  }
}

function brokenBy(error: unknown): Outcome {
  if (!(error instanceof NoAnswer)) throw error;
  return { kind: 'broken', why: error.message };
}

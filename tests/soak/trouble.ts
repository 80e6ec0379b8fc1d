import type { Endpoint, Fault, Pool } from '../support/pool';
import { HTTP_TIMEOUT, type Instance } from './instances';

/** What happens, one after the other, over and over. */
type Event =
  | { readonly what: 'rotation' }
  | { readonly what: 'kill' }
  | { readonly what: 'outage'; readonly endpoint: Endpoint; readonly fault: Fault };

const EVENTS: readonly Event[] = [
  { what: 'outage', endpoint: 'token', fault: { status: 503, body: 'down for a moment' } },
  { what: 'kill' },
  { what: 'rotation' },
  { what: 'outage', endpoint: 'userInfo', fault: { hang: true } },
  { what: 'kill' },
  { what: 'outage', endpoint: 'jwks', fault: { status: 500 } },
  { what: 'outage', endpoint: 'token', fault: { garbage: true } },
  { what: 'rotation' },
  { what: 'kill' },
  { what: 'outage', endpoint: 'token', fault: { cut: true } },
  { what: 'outage', endpoint: 'userInfo', fault: { reset: true } },
  { what: 'outage', endpoint: 'token', fault: { hang: true } },
];
const OUTAGE_MS = 3000;

/** Rotations, outages of the pool, and kills: while it lasts, there is always something. */
export class Trouble {
  rotations = 0;
  outages = 0;
  kills = 0;
  /** Why a process did not come back after it was killed. */
  readonly lost: string[] = [];
  private readonly periods: { from: number; to: number }[] = [];
  private readonly restarting: Promise<void>[] = [];

  constructor(
    private readonly pool: Pool,
    /** Those that may be killed. */
    private readonly mortal: readonly Instance[],
  ) {}

  /** Goes on until then, every event at least once where the time is enough. */
  async rage(until: number): Promise<void> {
    const pause = Math.min(6000, (until - Date.now()) / EVENTS.length / 2);
    for (let turn = 0; Date.now() < until; turn += 1) {
      await this.cause(EVENTS[turn % EVENTS.length]!, Math.min(OUTAGE_MS, pause));
      await sleep(pause);
    }
    await Promise.all(this.restarting);
  }

  /** Whether Cognito was out of order at any moment since then, or so shortly before that a call was still waiting. */
  wasOutSince(start: number): boolean {
    return this.periods.some(({ to }) => to >= start - HTTP_TIMEOUT);
  }

  private async cause(event: Event, lasting: number): Promise<void> {
    // What the stand-in remembers would be this process's memory.
    this.pool.forgetRequests();
    if (event.what === 'rotation') {
      this.rotations += 1;
      await this.pool.rotateKeys({ keepOld: true });
    } else if (event.what === 'kill') {
      this.kill();
    } else {
      this.outages += 1;
      const period = { from: Date.now(), to: Infinity };
      this.periods.push(period);
      this.pool.injectFault(event.endpoint, event.fault);
      await sleep(lasting);
      this.pool.clearChanges();
      period.to = Date.now();
    }
  }

  private kill(): void {
    // The one that has been killed least; none where one is still coming up.
    if (this.mortal.some(({ isUp }) => !isUp)) return;
    const [victim] = [...this.mortal].sort((a, b) => a.kills - b.kills);
    if (!victim) return;
    this.kills += 1;
    const restart = victim.killAndRestart().catch((error: unknown) => {
      // All that the process has written is in it.
      this.lost.push(String(error).slice(0, 300));
    });
    this.restarting.push(restart);
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

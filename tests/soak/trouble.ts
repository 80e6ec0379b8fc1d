import type { Endpoint, Fault, Pool } from '../support/pool';
import { HTTP_TIMEOUT, type Instance } from './instances';

/** The events, which repeat in this order. */
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

/** Causes key rotations, outages of the pool and kills, one after the other. */
export class Trouble {
  rotations = 0;
  outages = 0;
  kills = 0;
  /** Why a process did not restart after it was killed. */
  readonly lost: string[] = [];
  private readonly periods: { from: number; to: number }[] = [];
  private readonly restarting: Promise<void>[] = [];

  constructor(
    private readonly pool: Pool,
    /** The instances that may be killed. */
    private readonly killable: readonly Instance[],
  ) {}

  /** Runs until this time. Each event occurs at least once, unless the time is too short. */
  async run(until: number): Promise<void> {
    const pause = Math.min(6000, (until - Date.now()) / EVENTS.length / 2);
    for (let turn = 0; Date.now() < until; turn += 1) {
      await this.cause(EVENTS[turn % EVENTS.length]!, Math.min(OUTAGE_MS, pause));
      await sleep(pause);
    }
    await Promise.all(this.restarting);
  }

  /** Whether Cognito was down at any moment since then, or so shortly before that a call was still waiting. */
  wasDownSince(start: number): boolean {
    return this.periods.some(({ to }) => to >= start - HTTP_TIMEOUT);
  }

  private async cause(event: Event, lasting: number): Promise<void> {
    // The stand-in records requests, which would fill this process's memory.
    this.pool.forgetRequests();
    if (event.what === 'rotation') {
      this.rotations += 1;
      this.pool.rotateKeys({ keepOld: true });
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
    // The instance with the fewest kills, unless one is still starting.
    if (this.killable.some(({ isUp }) => !isUp)) return;
    const [victim] = [...this.killable].sort((a, b) => a.kills - b.kills);
    if (!victim) return;
    this.kills += 1;
    const restart = victim.killAndRestart().catch((error: unknown) => {
      // It contains the process's output.
      this.lost.push(String(error).slice(0, 300));
    });
    this.restarting.push(restart);
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Points come back within a minute, and from the deepest debt within two. In milliseconds. */
const REFILL_MS = 60_000;
const FULL_AGAIN_MS = 2 * REFILL_MS;
/** Keys in each of the two generations: a few megabytes at the most, whatever comes. */
const MAX_KEYS = 25_000;

/** What a key has left, as of a moment. */
interface Account {
  points: number;
  /** Milliseconds. */
  at: number;
  held: boolean;
}

/** What becomes of a request. */
export interface Admission {
  /** Milliseconds until it may come again; 0 where it may come in. */
  readonly wait: number;
  /** Whether this is the first to be turned away since the allowance was last full. */
  readonly first: boolean;
}

/**
 * An allowance of points for each key, which comes back steadily. What is spent beyond it is a debt,
 * to be waited off; a debt goes no deeper than the allowance is high.
 *
 * Keys are kept in two generations: the young one becomes the old one when it is as old as an empty
 * allowance needs to be full again, or too large, and the old one is dropped. So memory is bounded, a key
 * costs the same whatever else is kept, no timer runs, and nothing is forgotten that was not full
 * again, unless more than {@link MAX_KEYS} keys owe something.
 */
export class Allowances {
  private young = new Map<string, Account>();
  private old = new Map<string, Account>();
  private youngSince: number;

  /** @param now milliseconds since any moment, never going back. */
  constructor(private readonly now: () => number) {
    this.youngSince = now();
  }

  /** How many keys are kept. */
  get size(): number {
    return this.young.size + this.old.size;
  }

  /**
   * Takes points, where the key has as many.
   *
   * @param allowance points in a minute.
   */
  take(key: string, allowance: number, points: number): Admission {
    const account = this.account(key, allowance);
    if (account.points >= points) {
      account.points -= points;
      return { wait: 0, first: false };
    }
    const first = !account.held;
    account.held = true;
    return { wait: ((points - account.points) * REFILL_MS) / allowance, first };
  }

  /** Takes points whether the key has them or not; fewer than none gives some back. */
  charge(key: string, allowance: number, points: number): void {
    const account = this.account(key, allowance);
    account.points = Math.min(allowance, Math.max(-allowance, account.points - points));
  }

  private account(key: string, allowance: number): Account {
    const now = this.now();
    this.renew(now);
    let account = this.young.get(key);
    if (!account) {
      account = this.old.get(key) ?? { points: allowance, at: now, held: false };
      this.old.delete(key);
      this.young.set(key, account);
    }
    const gained = ((now - account.at) * allowance) / REFILL_MS;
    account.points = Math.min(allowance, account.points + gained);
    account.at = now;
    account.held &&= account.points < allowance;
    return account;
  }

  private renew(now: number): void {
    const age = now - this.youngSince;
    if (age < FULL_AGAIN_MS && this.young.size < MAX_KEYS) return;
    // What has lain twice as long is full again too.
    this.old = age < 2 * FULL_AGAIN_MS ? this.young : new Map<string, Account>();
    this.young = new Map();
    this.youngSince = now;
  }
}

/**
 * Chances that come back one by one: so many at once, and one more for each interval since the first
 * of those was taken.
 */
export class FetchSlots {
  private left: number;
  private since: number;

  /**
   * @param atOnce how many there are at the most.
   * @param refill milliseconds until one comes back.
   * @param now milliseconds since any moment, never going back.
   */
  constructor(
    private readonly atOnce: number,
    private readonly refill: number,
    private readonly now: () => number,
  ) {
    this.left = atOnce;
    this.since = now();
  }

  /** Takes one, where there is one. */
  take(): boolean {
    const gained = Math.floor((this.now() - this.since) / this.refill);
    if (gained > 0) {
      this.left = Math.min(this.atOnce, this.left + gained);
      this.since += gained * this.refill;
    }
    if (this.left === 0) return false;
    // All of them gain nothing while they stand: the next one counts from the first one taken.
    if (this.left === this.atOnce) this.since = this.now();
    this.left -= 1;
    return true;
  }

  /** Milliseconds until the next one comes back, where none is left. */
  get wait(): number {
    return this.since + this.refill - this.now();
  }
}

import { type Finding, finding } from './messages';

/** When a call was made and answered by our clock, and at what time by theirs; all in milliseconds. */
export interface Timing {
  readonly sentAt: number;
  readonly receivedAt: number;
  /** `Date` of the answer, which knows whole seconds only. */
  readonly date: number;
}

/**
 * By how many seconds our clock is surely ahead of theirs (behind: negative). The time an answer takes
 * and the rest of a second that `Date` leaves out are given the benefit of the doubt.
 */
export function skewOf({ sentAt, receivedAt, date }: Timing): number {
  const least = sentAt - (date + 999);
  const most = receivedAt - date;
  if (least > 0) return least / 1000;
  return most < 0 ? most / 1000 : 0;
}

/** Judges the clock. A clock that is behind stops logins; one that is ahead shortens them. */
export function judgeClock(timing: Timing, tolerance: number): Finding {
  const skew = skewOf(timing);
  if (Math.abs(skew) <= tolerance) return finding('clock.good');
  const values = { seconds: Math.round(Math.abs(skew)), tolerance };
  return finding(skew < 0 ? 'clock.behind' : 'clock.ahead', values);
}

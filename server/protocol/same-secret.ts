import { timingSafeEqual } from 'node:crypto';

/**
 * Compares two secrets in a time that tells nothing of where they differ. That of their length it may
 * tell: whoever reads this code knows it.
 */
export function sameSecret(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

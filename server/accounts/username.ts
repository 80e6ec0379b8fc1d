import { randomInt } from 'node:crypto';
import type { Claims } from '../protocol/claims';

/** The minimum of users-permissions. */
const MIN_CHARACTERS = 3;
/** In characters (code points). Leaves room for a suffix in a column of 255. */
const MAX_CHARACTERS = 200;
/** Without vowels, so that no suffix spells a word, and without characters that look alike. */
const SUFFIX_ALPHABET = 'bcdfghjkmnpqrstvwxz23456789';
const SUFFIX_LENGTH = 6;

/**
 * Cleans a claim, in any script, for use as a username: composed, without control and format characters and
 * half characters, with single spaces. `undefined` if nothing is left.
 */
export function cleanUsername(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const clean = claim
    .normalize('NFKC')
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\uFFFD]/gu, '')
    .trim();
  return clean === '' ? undefined : Array.from(clean).slice(0, MAX_CHARACTERS).join('').trim();
}

/** The username from the first of these claims that has one. */
export function preferredUsername(claims: Claims, order: readonly string[]): string {
  for (const name of order) {
    const username = cleanUsername(Object.hasOwn(claims, name) ? claims[name] : undefined);
    if (username !== undefined) return username;
  }
  return 'user';
}

function withSuffix(username: string): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)],
  ).join('');
  return `${username}-${suffix}`;
}

/** Finds a free username: the preferred one, if it is long enough, otherwise with random suffixes. */
export async function findFreeUsername(
  preferred: string,
  isTaken: (username: string) => Promise<boolean>,
): Promise<string> {
  let candidate = Array.from(preferred).length < MIN_CHARACTERS ? withSuffix(preferred) : preferred;
  while (await isTaken(candidate)) candidate = withSuffix(preferred);
  return candidate;
}

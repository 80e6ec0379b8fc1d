import { randomInt } from 'node:crypto';
import type { Claims } from '../protocol/claims';

/** users-permissions wants three characters at the least. */
const MIN_LENGTH = 3;
/** Leaves room for a suffix within a column of 255. In characters (code points). */
const MAX_LENGTH = 200;
const FALLBACK = 'user';
/** No vowels, so that no suffix spells a word; no characters that look alike. */
const SUFFIX_ALPHABET = 'bcdfghjkmnpqrstvwxz23456789';
const SUFFIX_LENGTH = 6;

/**
 * A claim made fit to be a username, in any script: composed, without control and format
 * characters and halves of characters, white space folded. `undefined` where nothing is left.
 */
export function cleanUsername(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const clean = claim
    .normalize('NFKC')
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\uFFFD]/gu, '')
    .trim();
  return clean === '' ? undefined : Array.from(clean).slice(0, MAX_LENGTH).join('').trim();
}

/** The username wanted: the first of the claims that gives one. */
export function wantedUsername(claims: Claims, order: readonly string[]): string {
  for (const name of order) {
    const username = cleanUsername(Object.hasOwn(claims, name) ? claims[name] : undefined);
    if (username !== undefined) return username;
  }
  return FALLBACK;
}

/** The username with a random ending, for when it is too short or another user has it. */
function withSuffix(username: string): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)],
  ).join('');
  return `${username}-${suffix}`;
}

/** Tries a wanted username first as it is, then with random endings. */
export async function freeUsername(
  wanted: string,
  isTaken: (username: string) => Promise<boolean>,
): Promise<string> {
  let candidate = Array.from(wanted).length < MIN_LENGTH ? withSuffix(wanted) : wanted;
  while (await isTaken(candidate)) candidate = withSuffix(wanted);
  return candidate;
}

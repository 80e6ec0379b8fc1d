import type { LoginRecord } from '../admin-contract';

const COLUMNS = ['time', 'user_id', 'username', 'email', 'sub', 'step', 'outcome'] as const;

/**
 * A cell that no spreadsheet takes for a formula: users choose their own usernames.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function toCell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  const safe = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The header of the file. @see https://www.rfc-editor.org/rfc/rfc4180 */
export const csvHeader = `${COLUMNS.join(',')}\r\n`;

/** A login as a line of the file. */
export function toCsvLine({ at, user, subject, email, step, outcome }: LoginRecord): string {
  const cells = [at, user?.id, user?.username, user?.email ?? email, subject, step, outcome];
  return `${cells.map(toCell).join(',')}\r\n`;
}

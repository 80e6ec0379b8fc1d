import { type ValidationIssue, validationError } from '../strapi-utils';
import type { Page } from '../admin-contract';

const PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;
/** The largest id in a database column. */
const MAX_ID = 2 ** 31 - 1;
/** The longest text in a column of type `string`. */
const MAX_TEXT = 255;

/** The query of a list. */
interface ListQuery {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** Only of this user. */
  readonly user?: number;
  /** The start of a username or an email, or a user's id; never empty. */
  readonly q?: string;
}

/** An id in a query or a path; `undefined` if it is invalid. */
export function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[1-9]\d{0,9}$/.test(text)) return undefined;
  return Number(text) <= MAX_ID ? Number(text) : undefined;
}

/**
 * Reads the query of a list.
 *
 * @throws {ValidationError} of Strapi, 400, naming each parameter that is wrong.
 */
export function parseListQuery(query: Readonly<Record<string, unknown>>): ListQuery {
  const errors: ValidationIssue[] = [];
  const number = (name: string, fallback: number, max: number): number => {
    const value = query[name] === undefined ? fallback : parseId(query[name]);
    if (value !== undefined && value <= max) return value;
    errors.push({ path: [name], message: `expected a whole number from 1 to ${max}` });
    return fallback;
  };
  const page = number('page', 1, MAX_ID);
  const pageSize = number('pageSize', PAGE_SIZE, MAX_PAGE_SIZE);
  const user = query.user === undefined ? undefined : number('user', 1, MAX_ID);
  const { q = '' } = query;
  if (typeof q !== 'string' || q.length > MAX_TEXT || q.includes('\0')) {
    errors.push({ path: ['q'], message: `expected a text of at most ${MAX_TEXT} characters` });
  }
  if (errors.length > 0) throw refused(errors);
  return {
    page,
    pageSize,
    ...(user !== undefined && { user }),
    ...(typeof q === 'string' && q.trim() !== '' && { q: q.trim() }),
  };
}

/** Which logins are asked for. */
interface LoginsQuery extends ListQuery {
  readonly failed?: boolean;
  readonly outcome?: string;
}

/**
 * Reads the query of the list of logins.
 *
 * @throws {ValidationError} of Strapi, 400, naming a parameter that is wrong.
 */
export function parseLoginsQuery(query: Readonly<Record<string, unknown>>): LoginsQuery {
  const { failed, outcome } = query;
  const errors: ValidationIssue[] = [];
  if (failed !== undefined && failed !== 'true' && failed !== 'false') {
    errors.push({ path: ['failed'], message: 'expected true or false' });
  }
  if (outcome !== undefined && !(typeof outcome === 'string' && /^[a-z_]{1,64}$/.test(outcome))) {
    errors.push({ path: ['outcome'], message: 'expected ok or the code of an error' });
  }
  if (errors.length > 0) throw refused(errors);
  return {
    ...parseListQuery(query),
    ...(failed === 'true' && { failed: true }),
    ...(typeof outcome === 'string' && { outcome }),
  };
}

const refused = (errors: readonly ValidationIssue[]) =>
  validationError('The query is wrong.', errors);

/** Wraps the rows of a page. */
export function toPage<Row>(
  results: readonly Row[],
  { page, pageSize }: ListQuery,
  total: number,
): Page<Row> {
  const pageCount = Math.ceil(total / pageSize);
  return { results, pagination: { page, pageSize, pageCount, total } };
}

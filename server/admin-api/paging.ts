import type { AnySchema, InferType } from 'yup';
import { validateYupSchemaSync, yup } from '../strapi-utils';

/** The largest id in a database column. */
const MAX_ID = 2 ** 31 - 1;

/** An id in a query or a path; `undefined` if it is invalid. */
export function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[1-9]\d{0,9}$/.test(text)) return undefined;
  return Number(text) <= MAX_ID ? Number(text) : undefined;
}

const wholeNumber = (max: number) => {
  const expected = `expected a whole number from 1 to ${max}`;
  const number = yup.number().transform((_, text: unknown) => parseId(text) ?? NaN);
  return number.typeError(expected).max(max, expected);
};
const text = (pattern: RegExp, expected: string) =>
  yup.string().typeError(expected).matches(pattern, expected);

const listQuery = yup.object({
  page: wholeNumber(MAX_ID).default(1),
  pageSize: wholeNumber(100).default(10),
  user: wholeNumber(MAX_ID),
  /** The start of a username or an email, or a user's id; never empty. */
  q: text(/^[^\0]{0,255}$/, 'expected a text of at most 255 characters').transform(
    (given: unknown) => (typeof given === 'string' ? given.trim() || undefined : given),
  ),
});

const loginsQuery = listQuery.shape({
  failed: text(/^(true|false)$/, 'expected true or false'),
  outcome: text(/^[a-z_]{1,64}$/, 'expected ok or the code of an error'),
});

/** Reads the query of a list. @throws {ValidationError} Strapi's error, 400, which names each wrong parameter. */
export const parseListQuery = (query: unknown) => parse(listQuery, query);

/** Reads the query of the list of logins. @throws {ValidationError} as {@link parseListQuery}. */
export function parseLoginsQuery(query: unknown) {
  const { failed, ...asked } = parse(loginsQuery, query);
  return { ...asked, failed: failed === 'true' };
}

function parse<Schema extends AnySchema>(schema: Schema, query: unknown): InferType<Schema> {
  const validate = validateYupSchemaSync(schema, { strict: false, stripUnknown: true });
  return validate(query, 'The query is wrong.') as InferType<Schema>;
}

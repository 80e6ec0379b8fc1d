/** An attribute of the user content type, as its schema describes it. */
export interface AttributeSchema {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly regex?: string | RegExp;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly unique?: boolean;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly relation?: string;
  readonly target?: string;
}

type Coerced = { readonly value: string | number | boolean } | { readonly problem: string };

type Coercion = (claim: unknown, schema: AttributeSchema) => Coerced;

/** The longest text of type `string` in every database, in UTF-16 units, as Strapi counts. */
const MAX_STRING = 255;
const MAX_TEXT = 65_535;
const MAX_INTEGER = 2 ** 31 - 1;
const MAX_BIGINTEGER = 2n ** 63n - 1n;

const valid = (value: string | number | boolean): Coerced => ({ value });
const invalid = (expected: string): Coerced => ({ problem: `is not ${expected}` });

const string =
  (limit: number): Coercion =>
  (claim, { minLength = 0, maxLength = limit, regex }) => {
    // PostgreSQL stores no zero byte.
    if (typeof claim !== 'string' || claim.includes('\0')) return invalid('a string');
    const max = Math.min(maxLength, limit);
    if (claim.length < minLength || claim.length > max) {
      return invalid(`between ${minLength} and ${max} characters long`);
    }
    return regex === undefined || new RegExp(regex).test(claim)
      ? valid(claim)
      : invalid('a match for its regex');
  };

/** In a token, custom attributes of a user pool are strings, even if their type is number. */
const number =
  (integer: boolean): Coercion =>
  (claim, { min = -Infinity, max = Infinity }) => {
    const form = integer ? /^-?\d{1,15}$/ : /^-?\d{1,15}(?:\.\d{1,15})?$/;
    const value = typeof claim === 'string' && form.test(claim) ? Number(claim) : claim;
    if (typeof value !== 'number' || !Number.isFinite(value)) return invalid('a number');
    if (integer && (!Number.isInteger(value) || Math.abs(value) > MAX_INTEGER)) {
      return invalid('a whole number of 32 bits');
    }
    return value >= Number(min) && value <= Number(max)
      ? valid(value)
      : invalid(`within ${min} and ${max}`);
  };

/** Strapi's column has ten digits, two of them after the decimal point. Databases round further decimals. */
const decimal: Coercion = (claim, schema) => {
  const coerced = number(false)(claim, schema);
  if (!('value' in coerced)) return coerced;
  const value = Number(Number(coerced.value).toFixed(2));
  return Math.abs(value) < 1e8
    ? valid(value)
    : invalid('a number of eight digits before the point');
};

const bigInteger: Coercion = (claim, { min, max }) => {
  const text = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) return invalid('a whole number');
  const value = BigInt(text);
  const [least, most] = [BigInt(min ?? -MAX_BIGINTEGER), BigInt(max ?? MAX_BIGINTEGER)];
  return value >= least && value <= most
    ? valid(value.toString())
    : invalid(`within ${least} and ${most}`);
};

const boolean: Coercion = (claim) => {
  if (claim === true || claim === 'true') return valid(true);
  if (claim === false || claim === 'false') return valid(false);
  return invalid('true or false');
};

const date: Coercion = (claim) => {
  if (typeof claim !== 'string' || !/^[1-9]\d{3}-\d\d-\d\d$/.test(claim))
    return invalid('YYYY-MM-DD');
  const time = new Date(`${claim}T00:00:00Z`);
  const real = !Number.isNaN(time.valueOf()) && time.toISOString().startsWith(claim);
  return real ? valid(claim) : invalid('a day of the calendar');
};

/** A number is seconds since the epoch, as in `updated_at`. @see https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims */
const dateTime: Coercion = (claim) => {
  const iso = typeof claim === 'string' && /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d/.test(claim);
  const time = new Date(iso ? claim : typeof claim === 'number' ? claim * 1000 : NaN);
  const year = time.getUTCFullYear();
  return year >= 1000 && year <= 9999 ? valid(time.toISOString()) : invalid('a time');
};

const time: Coercion = (claim) => {
  const text = typeof claim === 'string' ? claim : '';
  const form = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{3})?)?$/;
  const [, hours, minutes, seconds = '00', millis = '.000'] = form.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return invalid('a time of the day');
  return valid(`${hours}:${minutes}:${seconds}${millis}`);
};

const enumeration: Coercion = (claim, { enum: values = [] }) =>
  typeof claim === 'string' && values.includes(claim)
    ? valid(claim)
    : invalid(`one of ${values.join(', ')}`);

const coercions: ReadonlyMap<string, Coercion> = new Map([
  ['string', string(MAX_STRING)],
  ['email', string(MAX_STRING)],
  ['uid', string(MAX_STRING)],
  ['text', string(MAX_TEXT)],
  ['richtext', string(MAX_TEXT)],
  ['integer', number(true)],
  ['biginteger', bigInteger],
  ['float', number(false)],
  ['decimal', decimal],
  ['boolean', boolean],
  ['date', date],
  ['datetime', dateTime],
  ['timestamp', dateTime],
  ['time', time],
  ['enumeration', enumeration],
]);

/** Whether claims can fill a field of this type. */
export const isMappableType = (type: string): boolean => coercions.has(type);

/** Converts a claim to the type of a field, if it is valid for that type. Never guesses. */
export const coerceClaim = (claim: unknown, schema: AttributeSchema): Coerced =>
  coercions.get(schema.type)?.(claim, schema) ?? invalid(`for a field of type ${schema.type}`);

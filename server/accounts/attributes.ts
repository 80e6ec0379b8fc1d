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
}

/** A value fit for its field, or why the claim does not fit. */
export type Fitted = { readonly value: string | number | boolean } | { readonly problem: string };

type Fit = (claim: unknown, schema: AttributeSchema) => Fitted;

/** What a column of type `string` holds in every database. In UTF-16 units, as Strapi counts. */
const MAX_STRING = 255;
const MAX_TEXT = 65_535;
const MAX_INTEGER = 2 ** 31 - 1;
const MAX_BIGINTEGER = 2n ** 63n - 1n;

const fits = (value: string | number | boolean): Fitted => ({ value });
const not = (expected: string): Fitted => ({ problem: `is not ${expected}` });

const string =
  (limit: number): Fit =>
  (claim, { minLength = 0, maxLength = limit, regex }) => {
    // PostgreSQL keeps no zero byte.
    if (typeof claim !== 'string' || claim.includes('\0')) return not('a string');
    const max = Math.min(maxLength, limit);
    if (claim.length < minLength || claim.length > max) {
      return not(`between ${minLength} and ${max} characters long`);
    }
    return regex === undefined || new RegExp(regex).test(claim)
      ? fits(claim)
      : not('as its regex wants it');
  };

/** Custom attributes of a pool are strings in a token, numbers too. */
const number =
  (integer: boolean): Fit =>
  (claim, { min = -Infinity, max = Infinity }) => {
    const form = integer ? /^-?\d{1,15}$/ : /^-?\d{1,15}(?:\.\d{1,15})?$/;
    const value = typeof claim === 'string' && form.test(claim) ? Number(claim) : claim;
    if (typeof value !== 'number' || !Number.isFinite(value)) return not('a number');
    if (integer && (!Number.isInteger(value) || Math.abs(value) > MAX_INTEGER)) {
      return not('a whole number of 32 bits');
    }
    return value >= Number(min) && value <= Number(max)
      ? fits(value)
      : not(`within ${min} and ${max}`);
  };

/** Strapi's column keeps two of ten digits behind the point: what has more is rounded as databases do. */
const decimal: Fit = (claim, schema) => {
  const fitted = number(false)(claim, schema);
  if (!('value' in fitted)) return fitted;
  const value = Number(Number(fitted.value).toFixed(2));
  return Math.abs(value) < 1e8 ? fits(value) : not('a number of eight digits before the point');
};

const bigInteger: Fit = (claim, { min, max }) => {
  const text = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) return not('a whole number');
  const value = BigInt(text);
  const [least, most] = [BigInt(min ?? -MAX_BIGINTEGER), BigInt(max ?? MAX_BIGINTEGER)];
  return value >= least && value <= most
    ? fits(value.toString())
    : not(`within ${least} and ${most}`);
};

const boolean: Fit = (claim) => {
  if (claim === true || claim === 'true') return fits(true);
  if (claim === false || claim === 'false') return fits(false);
  return not('true or false');
};

const date: Fit = (claim) => {
  if (typeof claim !== 'string' || !/^[1-9]\d{3}-\d\d-\d\d$/.test(claim)) return not('YYYY-MM-DD');
  const time = new Date(`${claim}T00:00:00Z`);
  const real = !Number.isNaN(time.valueOf()) && time.toISOString().startsWith(claim);
  return real ? fits(claim) : not('a day of the calendar');
};

/** A number is seconds since the epoch, as in `updated_at`. @see https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims */
const dateTime: Fit = (claim) => {
  const iso = typeof claim === 'string' && /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d/.test(claim);
  const time = new Date(iso ? claim : typeof claim === 'number' ? claim * 1000 : NaN);
  const year = time.getUTCFullYear();
  return year >= 1000 && year <= 9999 ? fits(time.toISOString()) : not('a time');
};

const time: Fit = (claim) => {
  const text = typeof claim === 'string' ? claim : '';
  const form = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{3})?)?$/;
  const [, hours, minutes, seconds = '00', millis = '.000'] = form.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return not('a time of the day');
  return fits(`${hours}:${minutes}:${seconds}${millis}`);
};

const enumeration: Fit = (claim, { enum: values = [] }) =>
  typeof claim === 'string' && values.includes(claim)
    ? fits(claim)
    : not(`one of ${values.join(', ')}`);

const byType: Readonly<Record<string, Fit>> = {
  string: string(MAX_STRING),
  email: string(MAX_STRING),
  uid: string(MAX_STRING),
  text: string(MAX_TEXT),
  richtext: string(MAX_TEXT),
  integer: number(true),
  biginteger: bigInteger,
  float: number(false),
  decimal,
  boolean,
  date,
  datetime: dateTime,
  timestamp: dateTime,
  time,
  enumeration,
};

/** Whether a claim can go into a field of this type at all. */
export function isMappableType(type: string): boolean {
  return Object.hasOwn(byType, type);
}

/** Makes a claim fit for a field, by the field's type and limits; never by guessing. */
export function fitClaim(claim: unknown, schema: AttributeSchema): Fitted {
  const fit = isMappableType(schema.type) ? byType[schema.type] : undefined;
  return fit ? fit(claim, schema) : not(`for a field of type ${schema.type}`);
}

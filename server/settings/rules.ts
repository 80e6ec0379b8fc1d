/** What one setting accepts, and how to say so. */
export interface Rule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** What was given is never shown. */
  readonly secret?: boolean;
}

/** A plain object. Strapi's store makes a `Date` of a text that is no JSON: that is none. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '';

export const text = (expected: string, accepts: (text: string) => boolean = () => true): Rule => ({
  expected,
  accepts: (value) => isText(value) && accepts(value),
});

export const flag: Rule = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

export const integer = (unit: string, min: number, max: number): Rule => ({
  expected: `a whole number of ${unit} from ${min} to ${max}`,
  accepts: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
});

export const oneOf = (...values: string[]): Rule => ({
  expected: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
  accepts: (value) => typeof value === 'string' && values.includes(value),
});

export const texts = (
  expected: string,
  accepts: (items: string[]) => boolean = () => true,
): Rule => ({
  expected,
  accepts: (value) => Array.isArray(value) && value.every(isText) && accepts(value),
});

export const isTable = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isText);

export const table = (expected: string, accepts: (item: string) => boolean): Rule => ({
  expected,
  accepts: (value) => isTable(value) && Object.values(value).every(accepts),
});

export const fn: Rule = { expected: 'a function', accepts: (value) => typeof value === 'function' };

/** What both the config and the admin page take. */
export const waysOfLinking = oneOf('never', 'explicit', 'verified-email');
export const claimNames = texts('a list of claim names, not empty', (value) => value.length > 0);
export const groupNames = texts('a list of Cognito groups');

/** Says what was given, unless it is a secret, and what is expected. */
export function complaint(value: unknown, rule: Rule): string {
  return `is ${show(value, rule)}; expected ${rule.expected}`;
}

function show(value: unknown, { secret }: Rule): string {
  if (secret) return `a value of type ${value === null ? 'null' : typeof value} (not shown)`;
  return typeof value === 'function' ? 'a function' : JSON.stringify(value);
}

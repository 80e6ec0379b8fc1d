import { createRequire } from 'node:module';
import type * as Yup from 'yup';
import type { CognitoError } from './protocol/errors';

/** One mistake in a request: where it is in the body, and what is wrong. */
export interface ValidationIssue {
  readonly path: readonly string[];
  readonly message: string;
  /** Stable, for the admin page to translate. */
  readonly code?: string;
}

/** What the plugin uses of `@strapi/utils`. */
interface StrapiUtils {
  /** The errors that Strapi turns into responses, by their class. */
  readonly errors: {
    readonly ApplicationError: new (
      message: string,
      details?: Readonly<Record<string, unknown>>,
    ) => Error;
    readonly PayloadTooLargeError: new () => Error;
    readonly RateLimitError: new () => Error;
    readonly NotImplementedError: new () => Error;
    readonly UnauthorizedError: new () => Error;
    readonly ForbiddenError: new () => Error;
    readonly NotFoundError: new (message?: string) => Error;
    readonly ValidationError: new (
      message: string,
      details: { readonly errors: readonly ValidationIssue[] },
    ) => Error;
  };
  readonly yup: typeof Yup;
  /** The argument with which Strapi calls a config file that is a function. */
  readonly env: unknown;
  /** The default export of a module by its path. */
  readonly importDefault: (path: string) => unknown;
}

export const requireAsStrapi = createRequire(require.resolve('@strapi/strapi'));
const requireAsUtils = createRequire(requireAsStrapi.resolve('@strapi/utils'));

/**
 * Strapi's own copy of its utilities. Strapi recognizes errors by their class, so another copy would not work, and
 * `@strapi/utils` is a dependency of Strapi, not of the app or the plugin.
 */
export const { errors, yup, env, importDefault } = requireAsStrapi('@strapi/utils') as StrapiUtils;

/** Strapi's error for invalid input, 400, which names each mistake. */
export const validationError = (message: string, issues: readonly ValidationIssue[]): Error =>
  new errors.ValidationError(message, { errors: issues });

/** An error that Strapi responds to with this status, and with the name, the message and the details of the error. */
export function toHttpError({ status, message, name, details }: CognitoError): Error {
  const createError = requireAsUtils('http-errors') as (...args: unknown[]) => Error;
  return createError(status, message, { name, details });
}

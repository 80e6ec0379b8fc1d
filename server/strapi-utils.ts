import { createRequire } from 'node:module';
import type * as Utils from '@strapi/utils';
import type { CognitoError } from './protocol/errors';

/** One mistake in a request: where it is in the body, and what is wrong. */
export interface ValidationIssue {
  readonly path: readonly string[];
  readonly message: string;
  /** Stable, for the admin page to translate. */
  readonly code?: string;
}

export const requireAsStrapi = createRequire(require.resolve('@strapi/strapi'));
const requireAsUtils = createRequire(requireAsStrapi.resolve('@strapi/utils'));

/**
 * Strapi's own copy of its utilities. Strapi recognizes errors by their class, so another copy would not work, and
 * `@strapi/utils` is a dependency of Strapi, not of the app or the plugin.
 */
export const { errors, validateYupSchemaSync, yup } = requireAsStrapi(
  '@strapi/utils',
) as typeof Utils;

/** Strapi's error for invalid input, 400, which names each mistake. */
export const validationError = (message: string, issues: readonly ValidationIssue[]): Error =>
  new errors.ValidationError(message, { errors: issues });

/** An error that Strapi responds to with this status, and with the name, the text and the details of the error. */
export function toStrapiError({ status, text, name, details }: CognitoError): Error {
  // As users-permissions throws it. Strapi drops the message of its own errors for 401 and 403.
  if (status === 400) {
    return Object.assign(new errors.ApplicationError(text, details), { name, status });
  }
  const createError = requireAsUtils('http-errors') as (...args: unknown[]) => Error;
  return createError(status, text, { name, details });
}

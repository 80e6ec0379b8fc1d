import { createRequire } from 'node:module';

/** The errors by whose class Strapi knows what to answer, when an auth strategy refuses. */
interface StrapiErrors {
  readonly UnauthorizedError: new () => Error;
  readonly ForbiddenError: new () => Error;
}

/**
 * Strapi's own copy of its error classes. It tells errors by class, so another copy would not do;
 * and `@strapi/utils` is Strapi's dependency, not the app's or ours.
 */
export function strapiErrors(): StrapiErrors {
  const requireAsStrapi = createRequire(require.resolve('@strapi/strapi'));
  return (requireAsStrapi('@strapi/utils') as { errors: StrapiErrors }).errors;
}

import type { Source } from '../admin-contract';

/** A value that applies, and where it comes from. */
export interface WithSource<T> {
  readonly value: T;
  readonly source: Source;
}

/** The first of the candidates, strongest first, that is set. */
export function firstDefined<T>(
  fallback: T,
  ...candidates: readonly (readonly [source: Source, value: T | undefined])[]
): WithSource<T> {
  for (const [source, value] of candidates) {
    if (value !== undefined) return { value, source };
  }
  return { value: fallback, source: 'default' };
}

/** Whether a config file has set it, so that no page can change it. */
export function isFromConfigFile(source: Source): boolean {
  return source === 'config' || source === 'environment-config';
}

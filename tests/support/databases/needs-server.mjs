/** Suites in which processes share a database, which SQLite's single file is not made for. */
const SHARED = ['tests/databases/two-instances.test.ts', 'tests/sites/two-instances.test.ts'];

/** Whether a suite (its path in the repository) is one for database servers alone. */
export function needsServer(path) {
  return SHARED.includes(path);
}

/** Keeps those suites out of a run of Jest on SQLite. */
export const withoutServer = SHARED.map((path) => `--testPathIgnorePatterns=${path}`);

/** Suites in which processes share a database, for which SQLite is not suitable. */
const SHARED = ['tests/databases/two-instances.test.ts', 'tests/sites/two-instances.test.ts'];

/** Whether a suite (its path in the repository) only runs on database servers. */
export function needsServer(path) {
  return SHARED.includes(path);
}

/** Excludes those suites from a run of Jest on SQLite. */
export const withoutServer = SHARED.map((path) => `--testPathIgnorePatterns=${path}`);

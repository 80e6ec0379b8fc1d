import type { CheckId, CheckResult, Diagnostics, Outcome } from '../admin-contract';
import { quote } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { type Strapi } from '../strapi';
import { checkIds, checks } from './checks';
import { finding, resultOf } from './messages';
import type { RequestFacts } from './request-facts';
import { Run } from './run';

/** Finds out what keeps logins from working, without a user. */
export interface DiagnosticsService {
  one(id: CheckId, request: RequestFacts): Promise<CheckResult>;
  all(request: RequestFacts): Promise<Diagnostics>;
}

/** This plugin's service `diagnostics`. */
export const diagnosticsService = (strapi: Strapi): DiagnosticsService =>
  strapi.plugin('cognito').service<DiagnosticsService>('diagnostics');

/** From nothing said to worst. */
const SEVERITY: readonly Outcome[] = ['skipped', 'pass', 'warn', 'fail'];

/** Checks that judge the request itself, so that nobody gets the answer to another's. */
const OF_REQUEST: ReadonlySet<CheckId> = new Set(['app-keys', 'cookies']);

export function createDiagnostics({ strapi }: { strapi: Strapi }): DiagnosticsService {
  let current: { readonly run: Run; active: number } | undefined;

  /** The run under way, where the settings are still those it began with. */
  const join = async () => {
    const settings = await settingsService(strapi).current();
    if (!current || current.active === 0 || current.run.settings !== settings) {
      current = { run: new Run(strapi, settings), active: 0 };
    }
    // At once: whoever is next must see that it is under way.
    current.active += 1;
    return current;
  };

  const look = async (run: Run, id: CheckId, request: RequestFacts): Promise<CheckResult> => {
    try {
      return resultOf(id, await checks[id](run, request));
    } catch (error) {
      strapi.log.error(`[cognito] the check ${id} failed: ${quote(String(error))}`);
      return resultOf(id, finding('failed'));
    }
  };

  /** However many ask at once, each check runs once, and each call is made once. */
  const one = async (id: CheckId, request: RequestFacts): Promise<CheckResult> => {
    const joined = await join();
    try {
      return await (OF_REQUEST.has(id)
        ? look(joined.run, id, request)
        : joined.run.once(`check ${id}`, () => look(joined.run, id, request)));
    } finally {
      joined.active -= 1;
    }
  };

  return {
    one,
    async all(request) {
      const results = await Promise.all(checkIds.map((id) => one(id, request)));
      const worst = Math.max(...results.map(({ outcome }) => SEVERITY.indexOf(outcome)));
      return { outcome: SEVERITY[worst] ?? 'skipped', checks: results };
    },
  };
}

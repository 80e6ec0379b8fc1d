import type { CheckId, CheckResult, Diagnostics, Outcome } from '../admin-contract';
import { quote } from '../protocol/errors';
import { settingsService } from '../settings/service';
import type { Strapi } from '../strapi';
import {
  checkAttributes,
  checkHandoff,
  checkPermissions,
  checkProvider,
  checkRegistration,
  checkRoles,
} from './checks/accounts';
import {
  checkCallbackUrl,
  checkClient,
  checkClock,
  checkHostUri,
  checkScopes,
} from './checks/cognito';
import { checkFrontEnd } from './checks/front-end';
import { type RequestFacts, checkAppKeys, checkCookies, checkServerUrl } from './checks/strapi';
import { checkIssuer, checkJwks } from './checks/user-pool';
import { type Finding, finding, toCheckResult } from './messages';
import { DiagnosticsRun } from './run';

/** "Check connection": finds what prevents logins, without a user. */
export interface DiagnosticsService {
  one(id: CheckId, request: RequestFacts): Promise<CheckResult>;
  all(request: RequestFacts): Promise<Diagnostics>;
}

/** This plugin's service `diagnostics`. */
export const diagnosticsService = (strapi: Strapi): DiagnosticsService =>
  strapi.plugin('cognito').service<DiagnosticsService>('diagnostics');

type Check = (run: DiagnosticsRun, request: RequestFacts) => Finding | Promise<Finding>;

/** Every check, in the order in which they are shown. */
const checks: Readonly<Record<CheckId, Check>> = {
  'server-url': checkServerUrl,
  'app-keys': checkAppKeys,
  cookies: checkCookies,
  provider: checkProvider,
  'host-uri': checkHostUri,
  'callback-url': checkCallbackUrl,
  scopes: checkScopes,
  client: checkClient,
  issuer: checkIssuer,
  jwks: checkJwks,
  clock: checkClock,
  'front-end': checkFrontEnd,
  permissions: checkPermissions,
  registration: checkRegistration,
  roles: checkRoles,
  attributes: checkAttributes,
  handoff: checkHandoff,
};

const checkIds = Object.keys(checks) as readonly CheckId[];

/** Whether a text is the id of a check. */
export function isCheckId(text: unknown): text is CheckId {
  return typeof text === 'string' && Object.hasOwn(checks, text);
}

/** From best to worst. */
const SEVERITY: readonly Outcome[] = ['skipped', 'pass', 'warn', 'fail'];

/** Checks that depend on the request of the admin, so their results are not shared. */
const PER_REQUEST: ReadonlySet<CheckId> = new Set(['app-keys', 'cookies']);

export function createDiagnostics({ strapi }: { strapi: Strapi }): DiagnosticsService {
  let current: { readonly run: DiagnosticsRun; active: number } | undefined;

  /** Joins the run in progress, if the settings are still the same. */
  const join = async () => {
    const settings = await settingsService(strapi).current();
    if (!current || current.active === 0 || current.run.settings !== settings) {
      current = { run: new DiagnosticsRun(strapi, settings), active: 0 };
    }
    // In the same tick, so that the next caller joins this run.
    current.active += 1;
    return current;
  };

  const runCheck = async (
    run: DiagnosticsRun,
    id: CheckId,
    request: RequestFacts,
  ): Promise<CheckResult> => {
    try {
      return toCheckResult(id, await checks[id](run, request));
    } catch (error) {
      strapi.log.error(`[cognito] the check ${id} failed: ${quote(String(error))}`);
      return toCheckResult(id, finding('failed'));
    }
  };

  /** Callers at the same time share one run of each check, and one call of each kind. */
  const one = async (id: CheckId, request: RequestFacts): Promise<CheckResult> => {
    const joined = await join();
    try {
      return await (PER_REQUEST.has(id)
        ? runCheck(joined.run, id, request)
        : joined.run.once(`check ${id}`, () => runCheck(joined.run, id, request)));
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

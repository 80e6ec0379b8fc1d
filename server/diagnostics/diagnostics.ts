import type { CheckId, CheckResult, Diagnostics, Outcome } from '../admin-contract';
import { quote } from '../protocol/errors';
import { settingsService } from '../settings/service';
import type { Strapi } from '../strapi';
import * as accounts from './checks/accounts';
import * as cognito from './checks/cognito';
import { checkFrontEnd } from './checks/front-end';
import * as server from './checks/strapi';
import * as userPool from './checks/user-pool';
import { type Finding, finding, toCheckResult } from './messages';
import { DiagnosticsRun } from './run';

type Check = (run: DiagnosticsRun, request: server.RequestFacts) => Finding | Promise<Finding>;

/** Every check, in the order in which they are shown. */
const checks: Readonly<Record<CheckId, Check>> = {
  'server-url': server.checkServerUrl,
  'app-keys': server.checkAppKeys,
  cookies: server.checkCookies,
  provider: accounts.checkProvider,
  'host-uri': cognito.checkHostUri,
  'callback-url': cognito.checkCallbackUrl,
  scopes: cognito.checkScopes,
  client: cognito.checkClient,
  issuer: userPool.checkIssuer,
  jwks: userPool.checkJwks,
  clock: cognito.checkClock,
  'front-end': checkFrontEnd,
  permissions: accounts.checkPermissions,
  registration: accounts.checkRegistration,
  roles: accounts.checkRoles,
  attributes: accounts.checkAttributes,
  handoff: accounts.checkHandoff,
};

/** Whether a text is the id of a check. */
export const isCheckId = (text: unknown): text is CheckId =>
  typeof text === 'string' && Object.hasOwn(checks, text);

const SEVERITY: readonly Outcome[] = ['skipped', 'pass', 'warn', 'fail'];

/** Checks that depend on the request of the admin, so their results are not shared. */
const PER_REQUEST: ReadonlySet<CheckId> = new Set(['app-keys', 'cookies']);

/** "Check connection": finds the causes of failing logins without a user. */
export class DiagnosticsService {
  private current: { readonly run: DiagnosticsRun; active: number } | undefined;

  constructor(private readonly strapi: Strapi) {}

  /** Concurrent callers share one run of each check, and one call of each kind. */
  async one(id: CheckId, request: server.RequestFacts): Promise<CheckResult> {
    const joined = await this.join();
    const check = () => this.check(joined.run, id, request);
    try {
      return await (PER_REQUEST.has(id) ? check() : joined.run.once(`check ${id}`, check));
    } finally {
      joined.active -= 1;
    }
  }

  async all(request: server.RequestFacts): Promise<Diagnostics> {
    const ids = Object.keys(checks) as CheckId[];
    const results = await Promise.all(ids.map((id) => this.one(id, request)));
    const worst = Math.max(...results.map(({ outcome }) => SEVERITY.indexOf(outcome)));
    return { outcome: SEVERITY[worst] ?? 'skipped', checks: results };
  }

  private async join() {
    const settings = await settingsService(this.strapi).current();
    if (!this.current || this.current.active === 0 || this.current.run.settings !== settings) {
      this.current = { run: new DiagnosticsRun(this.strapi, settings), active: 0 };
    }
    // In the same tick, so that the next caller joins this run.
    this.current.active += 1;
    return this.current;
  }

  private async check(run: DiagnosticsRun, id: CheckId, request: server.RequestFacts) {
    try {
      return toCheckResult(id, await checks[id](run, request));
    } catch (error) {
      this.strapi.log.error(`[cognito] the check ${id} failed: ${quote(String(error))}`);
      return toCheckResult(id, finding('failed'));
    }
  }
}

/** This plugin's service `diagnostics`. */
export const diagnosticsService = (strapi: Strapi): DiagnosticsService =>
  strapi.plugin('cognito').service<DiagnosticsService>('diagnostics');

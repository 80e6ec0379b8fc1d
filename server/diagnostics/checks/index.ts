import type { CheckId } from '../../admin-contract';
import type { Finding } from '../messages';
import type { RequestFacts } from '../request-facts';
import type { Run } from '../run';
import {
  checkAttributes,
  checkHandoff,
  checkPermissions,
  checkProvider,
  checkRegistration,
  checkRoles,
} from './accounts';
import { checkCallbackUrl, checkClient, checkClock, checkHostUri, checkScopes } from './cognito';
import { checkFrontEnd } from './front-end';
import { checkAppKeys, checkCookies, checkServerUrl } from './strapi';
import { checkIssuer, checkJwks } from './user-pool';

type Check = (run: Run, request: RequestFacts) => Finding | Promise<Finding>;

/** Every check, in the order in which they are shown. */
export const checks: Readonly<Record<CheckId, Check>> = {
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

/** The checks' ids, in the same order. */
export const checkIds = Object.keys(checks) as readonly CheckId[];

/** Whether a text is the id of a check. */
export function isCheckId(text: unknown): text is CheckId {
  return typeof text === 'string' && Object.hasOwn(checks, text);
}

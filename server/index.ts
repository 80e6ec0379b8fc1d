import { createAdminIdentitiesController } from './admin-api/identities-controller';
import { adminRoutes, monitoringRoutes } from './admin-api/routes';
import { createAdminSettingsController } from './admin-api/settings-controller';
import {
  createAdminDiagnosticsController,
  createDiagnosticsController,
} from './admin-api/diagnostics-controller';
import { bootstrap, destroy } from './bootstrap';
import contentTypes from './content-types';
import { createDiagnostics } from './diagnostics/diagnostics';
import { createLoginRecords } from './login/login-records';
import { createOneTimeCodes } from './login/one-time-codes';
import { createLoginController, loginRoutes } from './login/routes';
import { TokenVerifier } from './login/token-verifier';
import { installUnderSite } from './login/under-site';
import { createRateLimiter } from './rate-limit/rate-limiter';
import { register } from './register';
import { checkConfig } from './settings/config';
import { createSettingsService } from './settings/service';
import type { Strapi } from './strapi';

installUnderSite();

export default {
  register,
  bootstrap,
  destroy,
  config: { default: {}, validator: checkConfig },
  contentTypes,
  controllers: {
    login: createLoginController,
    diagnostics: createDiagnosticsController,
    'admin-settings': createAdminSettingsController,
    'admin-identities': createAdminIdentitiesController,
    'admin-diagnostics': createAdminDiagnosticsController,
  },
  routes: {
    'content-api': { type: 'content-api', routes: [...loginRoutes, ...monitoringRoutes] },
    admin: { type: 'admin', routes: adminRoutes },
  },
  services: {
    settings: createSettingsService,
    'one-time-codes': createOneTimeCodes,
    'token-verifier': ({ strapi }: { strapi: Strapi }) => new TokenVerifier(strapi),
    'login-records': createLoginRecords,
    diagnostics: createDiagnostics,
    'rate-limiter': createRateLimiter,
  },
};

import { createAdminIdentitiesController } from './admin-api/identities-controller';
import { adminRoutes, monitoringRoutes } from './admin-api/routes';
import { createAdminSettingsController } from './admin-api/settings-controller';
import {
  createAdminDiagnosticsController,
  createDiagnosticsController,
} from './admin-api/diagnostics-controller';
import contentTypes from './content-types';
import { DiagnosticsService } from './diagnostics/diagnostics';
import { bootstrap, destroy, register } from './lifecycle';
import { LoginRecords } from './login/login-records';
import { OneTimeCodes } from './login/one-time-codes';
import { createLoginController, loginRoutes } from './login/routes';
import { TokenVerifier } from './login/token-verifier';
import { installBelowSite } from './login/users-permissions/below-site';
import { RateLimiter } from './rate-limit/rate-limiter';
import { checkConfig } from './settings/config';
import { SettingsService } from './settings/service';
import type { Strapi } from './strapi';

installBelowSite();

const toFactory =
  <Service>(Class: new (strapi: Strapi) => Service) =>
  ({ strapi }: { strapi: Strapi }) =>
    new Class(strapi);

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
    settings: toFactory(SettingsService),
    'one-time-codes': toFactory(OneTimeCodes),
    'token-verifier': toFactory(TokenVerifier),
    'login-records': toFactory(LoginRecords),
    diagnostics: toFactory(DiagnosticsService),
    'rate-limiter': toFactory(RateLimiter),
  },
};

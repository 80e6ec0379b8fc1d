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

/** Binds the methods to the service, so that code of a site can copy them with a spread. */
const toFactory =
  <Service extends object>(Class: new (strapi: Strapi) => Service) =>
  ({ strapi }: { strapi: Strapi }) => {
    const service = new Class(strapi);
    const members: Record<string, { value?: unknown }> = Object.getOwnPropertyDescriptors(
      Class.prototype,
    );
    for (const [name, { value }] of Object.entries(members)) {
      if (typeof value === 'function') Reflect.set(service, name, value.bind(service));
    }
    return service;
  };

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

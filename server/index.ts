import { createAccounts } from './accounts/accounts';
import { bootstrap, destroy } from './bootstrap';
import contentTypes from './content-types';
import { createLimits } from './limits/limits';
import { createLoginController } from './login/controller';
import { createLogin } from './login/login';
import { createOneTimeCodes } from './login/one-time-codes';
import { loginRoutes } from './login/routes';
import { register } from './register';
import { checkConfig } from './settings/config';
import { createSettingsService } from './settings/service';

export type { CognitoConfig, Linking } from './settings/config';

export default {
  register,
  bootstrap,
  destroy,
  config: { default: {}, validator: checkConfig },
  contentTypes,
  controllers: { login: createLoginController },
  routes: { 'content-api': { type: 'content-api', routes: loginRoutes } },
  services: {
    settings: createSettingsService,
    accounts: createAccounts,
    'one-time-codes': createOneTimeCodes,
    login: createLogin,
    limits: createLimits,
  },
};

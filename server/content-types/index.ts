import { identity } from './identity';
import { lock } from './lock';
import { loginRecord } from './login-record';
import { oneTimeCode } from './one-time-code';

export default {
  identity: { schema: identity },
  lock: { schema: lock },
  'login-record': { schema: loginRecord },
  'one-time-code': { schema: oneTimeCode },
};

import { identity } from './identity';
import { lease } from './lease';
import { loginRecord } from './login-record';
import { oneTimeCode } from './one-time-code';

export default {
  identity: { schema: identity },
  lease: { schema: lease },
  'login-record': { schema: loginRecord },
  'one-time-code': { schema: oneTimeCode },
};

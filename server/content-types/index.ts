import { identity } from './identity';
import { lock } from './lock';
import { oneTimeCode } from './one-time-code';

export default {
  identity: { schema: identity },
  lock: { schema: lock },
  'one-time-code': { schema: oneTimeCode },
};

import { Agent as HttpAgent, type Agent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import purest from 'purest';
import { refused } from './token-endpoint';
import { withTimeout } from './with-timeout';
import { CognitoError, quote } from './errors';
import { type JsonResponse, readJson, toUnavailable } from './http';
import type { Claims } from './claims';

const WHAT = 'the userInfo endpoint';

/** How userInfo is called. */
export interface UserInfoCall {
  /** Milliseconds for the whole call. */
  readonly timeout: number;
  /** The agent of the proxy in front of the outside, where there is one. */
  readonly proxy?: Agent;
}

/**
 * The attributes of the person whom an access token stands for.
 *
 * @param subject the `sub` already verified: an answer about anybody else is refused.
 * @throws {CognitoError} `cognito_refused` for a 4xx, `cognito_unavailable` for no answer in time,
 * 5xx, another `sub`, or no JSON object.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
 * @see https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
 */
export async function fetchUserInfo(
  userInfoEndpoint: string,
  accessToken: string,
  subject: string,
  call: UserInfoCall,
): Promise<Claims> {
  const { status, body } = await callUserInfo(userInfoEndpoint, accessToken, call);
  if (status >= 300) throw refused(WHAT, status, body.error, body.error_description);
  if (body.sub !== subject) {
    throw new CognitoError('cognito_unavailable', `${WHAT}: its sub is ${quote(body.sub)}`);
  }
  return body;
}

/**
 * purest has no limit on size, follows redirects with the token, and its timeout is for silence
 * only. So the answer is taken as a stream, and the call has its own agent: destroying that ends
 * the call, wherever it stands.
 */
async function callUserInfo(
  endpoint: string,
  accessToken: string,
  { timeout, proxy }: UserInfoCall,
): Promise<JsonResponse> {
  const { origin, pathname, protocol } = new URL(endpoint);
  const cognito = purest({
    provider: 'cognito',
    config: {
      cognito: {
        default: { origin, path: '{path}', headers: { authorization: 'Bearer {auth}' } },
      },
    },
  });
  const own = protocol === 'https:' ? new HttpsAgent() : new HttpAgent();
  let answer: IncomingMessage | undefined;
  const call = async () => {
    answer = await cognito
      .get(pathname.slice(1))
      .auth(accessToken)
      .agent(proxy ?? own)
      .timeout(timeout)
      .stream()
      .then(({ res }: { res: IncomingMessage }) => res, answerOf);
    return readJson(WHAT, answer.statusCode ?? 0, answer);
  };
  try {
    return await withTimeout(call(), timeout);
  } catch (error) {
    throw toUnavailable(WHAT, error, timeout);
  } finally {
    answer?.destroy();
    own.destroy();
  }
}

/** purest rejects what is not 2xx; the answer is then in the error. */
function answerOf(error: unknown): IncomingMessage {
  const { res } = error as { res?: IncomingMessage };
  if (!res) throw error;
  return res;
}

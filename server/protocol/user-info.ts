import { Agent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import purest from 'purest';
import type { Claims } from './claims';
import { quote } from './errors';
import { type Http, type JsonResponse, readJson, toUnavailable, unavailable } from './http';
import { refused } from './token-endpoint';
import { withTimeout } from './with-timeout';

const ENDPOINT_NAME = 'the userInfo endpoint';

/**
 * The attributes of the user of an access token.
 *
 * @param subject the verified `sub`: a response about another user is refused.
 * @throws {CognitoError} `cognito_refused` for a 4xx other than 429, `cognito_unavailable` for 429, no response in time,
 * 5xx, another `sub`, or no JSON object.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
 * @see https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
 */
export async function fetchUserInfo(
  userInfoEndpoint: string,
  accessToken: string,
  subject: string,
  http: Pick<Http, 'timeout' | 'proxy'>,
): Promise<Claims> {
  const response = await callUserInfo(userInfoEndpoint, accessToken, http);
  if (response.status >= 300) throw refused(ENDPOINT_NAME, response);
  const { body } = response;
  if (body.sub !== subject) throw unavailable(ENDPOINT_NAME, `its sub is ${quote(body.sub)}`);
  return body;
}

const cognito = purest({
  provider: 'cognito',
  config: { cognito: { default: { headers: { authorization: 'Bearer {auth}' } } } },
});

/**
 * purest's own timeout applies only while no data arrives, and purest does not limit the size. Therefore the response
 * is read as a stream, with a limit of its size, and the whole call has a time limit. Redirects are not followed.
 */
async function callUserInfo(
  endpoint: string,
  accessToken: string,
  { timeout, proxy }: Pick<Http, 'timeout' | 'proxy'>,
): Promise<JsonResponse> {
  // A separate agent can end the call, even before there is a response.
  const agent = endpoint.startsWith('https:') ? new HttpsAgent() : new Agent();
  let response: IncomingMessage | undefined;
  const call = async () => {
    response = await cognito
      .get(endpoint)
      .auth(accessToken)
      .agent(proxy ?? agent)
      .timeout(timeout)
      .stream()
      .then(({ res }: { res: IncomingMessage }) => res, responseFrom);
    return readJson(ENDPOINT_NAME, response.statusCode ?? 0, response);
  };
  try {
    return await withTimeout(call(), timeout);
  } catch (error) {
    throw toUnavailable(ENDPOINT_NAME, error, timeout);
  } finally {
    response?.destroy();
    agent.destroy();
  }
}

/** purest rejects other statuses than 2xx; the error has the response. */
function responseFrom(error: unknown): IncomingMessage {
  const { res } = error as { res?: IncomingMessage };
  if (!res) throw error;
  return res;
}

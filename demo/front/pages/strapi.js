import { strapi } from '/config.js';

export const connectUrl = `${strapi}/api/connect/cognito`;

/** Shows the sign-in page even if a user is signed in to the user pool. */
export const connectAsOtherUrl = `${connectUrl}?prompt=login`;

/** Ends the session at the user pool, and returns here. */
export const logoutUrl = `${strapi}/api/auth/cognito/logout`;

/** An error response. */
export class StrapiError extends Error {
  /**
   * @param {{ status: number, code: string, message: string }} answer
   */
  constructor({ status, code, message }) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Exchanges the one-time code of the redirect for `{ jwt, user }`. */
export function exchange(accessToken) {
  return call('/api/auth/cognito/callback', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ access_token: accessToken }),
  });
}

/** GET from the API with a user's JWT. */
export function read(path, jwt) {
  return call(path, { headers: { Authorization: `Bearer ${jwt}` } });
}

async function call(path, options) {
  const response = await fetch(strapi + path, options).catch(() => {
    throw new StrapiError({ status: 0, code: 'no_answer', message: `No response from ${strapi}` });
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;

  const { message = response.statusText, name = '', details } = answer.error ?? {};
  throw new StrapiError({ status: response.status, code: details?.code ?? name, message });
}

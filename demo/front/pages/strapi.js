import { strapi } from '/config.js';

export const connectUrl = `${strapi}/api/connect/cognito`;

/** The sign-in page, even where the user pool still knows somebody. */
export const connectAsOtherUrl = `${connectUrl}?prompt=login`;

/** Ends the session at the user pool, and comes back here. */
export const logoutUrl = `${strapi}/api/auth/cognito/logout`;

/** An answer that is no success. */
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

/** Swaps the one-time code of the redirect for `{ jwt, user }`. */
export function exchange(accessToken) {
  return call('/api/auth/cognito/callback', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ access_token: accessToken }),
  });
}

/** Asks the API with somebody's JWT. */
export function read(path, jwt) {
  return call(path, { headers: { Authorization: `Bearer ${jwt}` } });
}

async function call(path, options) {
  const response = await fetch(strapi + path, options).catch(() => {
    throw new StrapiError({ status: 0, code: 'no_answer', message: `No answer from ${strapi}` });
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;

  const { message = response.statusText, name = '', details } = answer.error ?? {};
  throw new StrapiError({ status: response.status, code: details?.code ?? name, message });
}

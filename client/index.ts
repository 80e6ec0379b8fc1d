/** Every code with which a login may fail here; Cognito's own errors (`access_denied`) come beside them. */
export type ErrorCode =
  | 'invalid_request'
  | 'login_expired'
  | 'email_missing'
  | 'provider_disabled'
  | 'token_malformed'
  | 'token_signature'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_issuer'
  | 'token_audience'
  | 'token_use'
  | 'token_nonce'
  | 'email_not_verified'
  | 'group_required'
  | 'registration_disabled'
  | 'user_blocked'
  | 'email_taken'
  | 'identity_taken'
  | 'too_many_requests'
  | 'cognito_refused'
  | 'not_configured'
  | 'cognito_unavailable';

/** A login that failed. `message` may be shown to the person. */
export class LoginError extends Error {
  /** A stable code, Cognito's own error, or `unknown` for an answer that was none of Strapi's. */
  readonly code: ErrorCode | (string & {});

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LoginError';
    this.code = code;
  }
}

/** A user as the content API shows it; an app's own fields come beside these. */
export interface User {
  id: number;
  username: string;
  email: string;
  [field: string]: unknown;
}

/** What a login ends with. */
export interface Session<U extends User = User> {
  /** The Strapi JWT, for `Authorization: Bearer`. */
  jwt: string;
  user: U;
}

/** What Cognito may be told about a login. */
export interface LoginOptions {
  /** Another front-end URL to end at, where the site allows it. */
  callback?: string;
  /** `Google`, `SignInWithApple`, or the name of an identity provider. */
  identity_provider?: string;
  idp_identifier?: string;
  login_hint?: string;
  /** Language of the sign-in page. */
  lang?: string;
  prompt?: 'none' | 'login' | 'select_account' | 'consent';
}

const address = (api: string, path: string, query: object = {}) => {
  const parameters = new URLSearchParams(query as Record<string, string>).toString();
  return api.replace(/\/+$/, '') + path + (parameters && '?' + parameters);
};

/**
 * Where a login begins: a link or a button leads the browser there.
 *
 * @param api Strapi's REST API, such as `https://api.example.com/api`.
 */
export const loginUrl = (api: string, options?: LoginOptions): string =>
  address(api, '/connect/cognito', options);

/**
 * Where Cognito's own session ends. Forget the Strapi JWT first: it stays valid until it expires.
 *
 * @param redirect where to come back to, where the site allows it.
 */
export const logoutUrl = (api: string, redirect?: string): string =>
  address(api, '/auth/cognito/logout', redirect === undefined ? {} : { redirect });

/** The login that this page ended, and the page's address without its code. */
let latest: { href: string; session: Promise<Session> } | undefined;

/**
 * Ends a login, on the page of the redirect URL: takes the code out of the address bar and gets the
 * session for it. A second call (React's StrictMode runs effects twice) gets the answer of the first.
 *
 * @returns `null` where the page was opened without a login.
 * @throws {LoginError}
 */
export const finishLogin = <U extends User = User>(api: string): Promise<Session<U> | null> => {
  const url = new URL(location.href);
  const take = (name: string) => {
    const value = url.searchParams.get(name);
    url.searchParams.delete(name);
    return value;
  };
  const [code, error, message] = [take('access_token'), take('error'), take('error_description')];
  // Beside it where the site hands out Cognito's tokens themselves.
  const [id_token] = [take('id_token'), take('refresh_token')];
  if (code ?? error) {
    history.replaceState(history.state, '', url);
    const session = error
      ? Promise.reject(new LoginError(error, message ?? error))
      : exchangeProof(api, id_token ? { id_token } : { access_token: code ?? '' });
    const mine = { href: url.href, session };
    latest = mine;
    // Kept no longer than it takes: whoever comes back to the page later has not just logged in.
    const forget = () => {
      if (latest === mine) latest = undefined;
    };
    session.then(forget, forget);
  }
  const session = latest?.href === url.href ? latest.session : Promise.resolve(null);
  return session as Promise<Session<U> | null>;
};

/**
 * Trades what proves somebody for a session: for a front-end that did the login with Cognito itself,
 * and in Node.
 *
 * @param proof `{ id_token }`, or `{ code, code_verifier, redirect_uri }`, or `{ access_token }`.
 * @throws {LoginError}
 */
export const exchangeProof = async <U extends User = User>(
  api: string,
  proof: Record<string, string>,
): Promise<Session<U>> => {
  const response = await fetch(address(api, '/auth/cognito/callback'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(proof),
  });
  const body = (await response.json().catch(() => ({}))) as Partial<Session<U>> & {
    error?: { message?: string; details?: { code?: string } };
  };
  if (body.jwt && body.user) return { jwt: body.jwt, user: body.user };
  const { message = 'Login failed', details } = body.error ?? {};
  throw new LoginError(details?.code ?? 'unknown', message);
};

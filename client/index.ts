/** The codes with which Strapi may refuse a login. */
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
  | 'reauthentication_required'
  | 'email_not_verified'
  | 'group_required'
  | 'registration_disabled'
  | 'registration_refused'
  | 'role_missing'
  | 'user_blocked'
  | 'email_taken'
  | 'identity_taken'
  | 'too_many_requests'
  | 'cognito_refused'
  | 'not_configured'
  | 'cognito_unavailable'
  | 'login_in_progress';

/**
 * Errors with which Cognito itself ends a login.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AuthError
 */
export type CognitoErrorCode =
  | 'access_denied'
  | 'consent_required'
  | 'interaction_required'
  | 'invalid_scope'
  | 'login_required'
  | 'temporarily_unavailable'
  | 'unauthorized_client'
  | 'unsupported_response_type';

/**
 * `server_error`: an unexpected failure, which Strapi's log explains. `unknown`: there was no response, or it did not
 * come from Strapi. `state_mismatch`: this browser did not start the login, or has already used it.
 */
export type OtherErrorCode = 'server_error' | 'unknown' | 'state_mismatch';

const AGAIN = 'Please log in again.';
const INVALID = `This login is not valid here. ${AGAIN}`;
const EXPIRED = `This login has expired or was used before. ${AGAIN}`;
const SETUP = 'Login is not set up correctly. Please contact the site.';
const LATER = 'The sign-in service is not available at the moment. Please try again later.';
const BROKEN = 'Something went wrong. Please try again.';

/** The texts for end users. They never contain text from a URL or a server. */
const texts: Record<ErrorCode | CognitoErrorCode | OtherErrorCode, string> = {
  invalid_request: `The request was not valid. ${AGAIN}`,
  login_expired: EXPIRED,
  email_missing: 'Your account has no email address that this site can use.',
  provider_disabled: 'Login is switched off at the moment.',
  token_malformed: INVALID,
  token_signature: INVALID,
  token_expired: EXPIRED,
  token_not_yet_valid: 'This login is not valid yet: a clock is wrong. Please contact the site.',
  token_issuer: INVALID,
  token_audience: INVALID,
  token_use: INVALID,
  token_nonce: INVALID,
  reauthentication_required: 'Your last login is too old for this step. Please log in again.',
  email_not_verified: 'Please verify your email address, then log in again.',
  group_required: 'Your account is not in a group that may log in here.',
  registration_disabled: 'This site accepts no new accounts at the moment.',
  registration_refused: 'This site did not accept your registration.',
  role_missing: 'Your account has no role here yet. Please contact the site.',
  user_blocked: 'Your account has been blocked.',
  email_taken: 'Another account here already has your email address.',
  identity_taken: 'This sign-in is already linked to another account.',
  too_many_requests: 'There were too many failed logins. Please wait a minute, then try again.',
  cognito_refused: `The sign-in service refused this login. ${AGAIN}`,
  not_configured: SETUP,
  cognito_unavailable: LATER,
  login_in_progress: 'Another login to this account is in progress. Please try again in a moment.',
  access_denied: 'The login was cancelled or refused.',
  consent_required: `The sign-in service needs your consent. ${AGAIN}`,
  interaction_required: AGAIN,
  invalid_scope: SETUP,
  login_required: AGAIN,
  temporarily_unavailable: LATER,
  unauthorized_client: SETUP,
  unsupported_response_type: SETUP,
  server_error: BROKEN,
  unknown: BROKEN,
  state_mismatch: `This login was not started in this browser, or was used before. ${AGAIN}`,
};

const isKnown = (code: string): code is keyof typeof texts => Object.hasOwn(texts, code);

/** A login that failed. `message` is this client's own text for the code, in English. You can show it to the user. */
export class LoginError extends Error {
  /** A stable code. Only a newer Strapi plugin may send one that is not listed here. */
  readonly code: ErrorCode | CognitoErrorCode | OtherErrorCode | (string & {});
  /**
   * What Cognito or Strapi said about it, for a developer. Do not show it to a user: it may come from the URL, in
   * which anyone can write anything.
   */
  readonly description: string | undefined;
  /** The HTTP status, if Strapi responded to a request of this client. */
  readonly status: number | undefined;

  constructor(code: string, description?: string, status?: number) {
    super(texts[isKnown(code) ? code : 'unknown']);
    this.name = 'LoginError';
    this.code = code;
    this.description = description;
    this.status = status;
  }
}

/** A user in the content API, with the site's own fields. */
export interface User {
  id: number;
  username: string;
  email: string;
  [field: string]: unknown;
}

/** The result of a login. */
export interface Session<U extends User = User> {
  /** The Strapi JWT, for `Authorization: Bearer`. */
  jwt: string;
  user: U;
  /** Strapi 5 with `jwtManagement: 'refresh'`: the token for {@link refresh}, unless it is in a cookie. */
  refreshToken?: string;
}

/** Whether a user has a linked Cognito account. */
export interface LinkStatus {
  linked: boolean;
  /** ISO 8601. */
  linkedAt: string | null;
}

/**
 * Proof of a user's identity: `{ access_token }` (a one-time code, or a Cognito access token), `{ id_token }`, or
 * `{ code, code_verifier, redirect_uri }` with a `client_id` if the app has its own.
 */
export type Credentials = Readonly<Record<string, string>>;

/** Options for Cognito's part of a login. */
export interface LoginOptions {
  /** Another front-end URL at which the login ends, if the site allows it. */
  callback?: string;
  /** `Google`, `SignInWithApple`, or the name of an identity provider. */
  identity_provider?: string;
  idp_identifier?: string;
  login_hint?: string;
  /** Language of the sign-in page. */
  lang?: string;
  prompt?: 'none' | 'login' | 'select_account' | 'consent';
  /**
   * Only for a front-end that ends the login on its own server: a random value that the server stores for this
   * browser (for example in a cookie) and compares at the end. At most 128 of `A-Z a-z 0-9 . _ ~ -`. In a browser,
   * this client creates one itself, and {@link finishLogin} accepts no other.
   */
  state?: string;
}

/** Options for the end of a login. All are off by default. */
export interface FinishOptions {
  /** Accepts Cognito's own tokens in the URL, for a site with `handoff.mode: 'tokens'`. */
  acceptTokens?: boolean;
  /**
   * Accepts logins that this browser did not start, or that started at another origin. DANGEROUS: an attacker can
   * then send a user a link that logs the user in to the attacker's account.
   */
  allowUnboundLogin?: boolean;
  /**
   * Strapi 5 with `jwtManagement: 'refresh'`: Strapi keeps the refresh token in an httpOnly cookie, where no
   * script can read it.
   */
  refreshCookie?: boolean;
}

const address = (api: string, path: string, query: object = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(given as [string, string][]).toString();
  return api.replace(/\/+$/, '') + path + (parameters && '?' + parameters);
};

/**
 * One key for each login that started in this browser. All tabs share them, because a login link may open in a new
 * tab.
 */
const KEY = 'cognito-login:';
const WEEK = 7 * 24 * 60 * 60 * 1000;

/** `undefined` on a server, and if the browser blocks storage for this page. */
const newState = (): string | undefined => {
  if (typeof document === 'undefined') return undefined;
  try {
    for (const key of Object.keys(localStorage)) {
      const isOld = Number(localStorage.getItem(key)) < Date.now() - WEEK;
      if (key.startsWith(KEY) && isOld) localStorage.removeItem(key);
    }
    const state = crypto.getRandomValues(new Uint32Array(4)).join('-');
    localStorage.setItem(KEY + state, String(Date.now()));
    return state;
  } catch {
    return undefined;
  }
};

const isPending = (state: string | null | undefined): state is string => {
  try {
    return state != null && localStorage.getItem(KEY + state) !== null;
  } catch {
    return false;
  }
};

/** Whether this browser started a login with this state. Each state counts once. */
const consumeState = (state: string | null): boolean => {
  if (!isPending(state)) return false;
  localStorage.removeItem(KEY + state);
  return true;
};

const CONNECT = '/connect/cognito';

/** The state of this page's login links, until a login ends with it. */
let ofLinks: string | undefined;

/**
 * The URL that starts a login, for a link. In a browser, this also remembers that the login started here, for
 * {@link finishLogin}. A link that a server renders is not remembered: use {@link startLogin} there.
 *
 * @param api Strapi's REST API, such as `https://api.example.com/api`.
 */
export const loginUrl = (api: string, options: LoginOptions = {}): string => {
  if (options.state === undefined && !isPending(ofLinks)) ofLinks = newState();
  return address(api, CONNECT, { ...options, state: options.state ?? ofLinks });
};

/** Starts a login: remembers that it started in this browser, and redirects the browser. */
export const startLogin = (api: string, options: Omit<LoginOptions, 'state'> = {}): void =>
  location.assign(address(api, CONNECT, { ...options, state: newState() }));

/**
 * The URL that ends Cognito's own session. Delete the Strapi JWT first, which stays valid until it expires.
 *
 * @param redirect the URL to return to, if the site allows it.
 */
export const logoutUrl = (api: string, redirect?: string): string =>
  address(api, '/auth/cognito/logout', { redirect });

/** The parameters that a login adds to the front-end's URL, after the URL's own parameters. */
const PARAMETERS = [
  'access_token',
  'id_token',
  'refresh_token',
  'error',
  'error_description',
  'state',
];

/** Removes the parameters that a login has added to a URL, and returns them. */
const takeParameters = (url: URL): URLSearchParams | undefined => {
  const all = [...url.searchParams];
  const first = all.findIndex(
    ([name, value]) => (name === 'access_token' || name === 'error') && value !== '',
  );
  if (first < 0) return undefined;
  const taken = all.filter(([name], index) => index >= first && PARAMETERS.includes(name));
  url.search = new URLSearchParams(all.filter((each) => !taken.includes(each))).toString();
  return new URLSearchParams(taken);
};

const credentialsIn = (
  parameters: URLSearchParams,
  { acceptTokens, allowUnboundLogin }: FinishOptions,
): Credentials => {
  const isOurs = consumeState(parameters.get('state'));
  const error = parameters.get('error');
  if (error) {
    const description = parameters.get('error_description') ?? undefined;
    if (isKnown(error)) throw new LoginError(error, description);
    throw new LoginError('unknown', description ? `${error}: ${description}` : error);
  }
  if (!isOurs && !allowUnboundLogin) throw new LoginError('state_mismatch');
  const access_token = parameters.get('access_token') ?? '';
  const id_token = parameters.get('id_token');
  // A one-time code never has a dot, a token always has two.
  if ((id_token || access_token.includes('.')) && !acceptTokens) {
    throw new LoginError('invalid_request', 'The URL has tokens, and acceptTokens is off.');
  }
  return id_token ? { id_token } : { access_token };
};

/** The login that this page has ended, and the page's URL without its parameters. */
let latest: { href: string; by: object; result: Promise<unknown> } | undefined;

const finish = <T>(
  by: object,
  options: FinishOptions,
  use: (credentials: Credentials) => Promise<T>,
): Promise<T | null> => {
  const url = new URL(location.href);
  const parameters = takeParameters(url);
  if (parameters) {
    history.replaceState(history.state, '', url);
    const end = async () => use(credentialsIn(parameters, options));
    const mine = { href: url.href, by, result: end() };
    latest = mine;
    // Kept only until it is done, because a user who returns to the page later has not just logged in.
    const forget = () => {
      if (latest === mine) latest = undefined;
    };
    mine.result.then(forget, forget);
  }
  const isSame = latest?.href === url.href && latest.by === by;
  return (isSame ? latest?.result : Promise.resolve(null)) as Promise<T | null>;
};

/**
 * Ends a login, on the page of the front-end URL: removes its parameters from the address bar, checks that the login
 * started in this browser, and exchanges its one-time code for the session. A second call during the first one
 * (React's StrictMode runs effects twice) gets the same result.
 *
 * @returns `null` if the page was opened without a login.
 * @throws {LoginError} `state_mismatch` if {@link startLogin} or {@link loginUrl} did not start the login in this
 * browser and at this origin.
 */
export const finishLogin = <U extends User = User>(
  api: string,
  options: FinishOptions = {},
): Promise<Session<U> | null> =>
  finish(finishLogin, options, (credentials) => exchangeProof<U>(api, credentials, options));

/**
 * Ends a login and links its Cognito account to the logged-in user, instead of {@link finishLogin}. Start it with
 * `startLogin(api, { callback })`, where `callback` is the front-end URL with an additional parameter such as
 * `?link=1`, which tells its page to call this function.
 *
 * @param jwt the Strapi JWT of the user, from a recent login.
 * @returns the user, or `null` if the page was opened without a login.
 * @throws {LoginError} `reauthentication_required` if the login of the JWT is too old.
 */
export const finishLink = <U extends User = User>(
  api: string,
  jwt: string,
  options: Pick<FinishOptions, 'acceptTokens'> = {},
): Promise<U | null> =>
  finish(finishLink, { acceptTokens: options.acceptTokens }, (credentials) =>
    link<U>(api, jwt, credentials),
  );

/** Sends a request to Strapi. */
const ask = async (
  method: string,
  url: string,
  { jwt, body, cookie }: { jwt?: string; body?: object; cookie?: boolean },
): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
      ...(cookie && { 'x-strapi-refresh-cookie': 'httpOnly' }),
    },
    ...(cookie && { credentials: 'include' as const }),
    body: body && JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new LoginError('unknown', `No answer: ${String(cause)}`);
  });
  const answer = Object(await response.json().catch(() => ({}))) as Record<string, unknown> & {
    error?: { message?: string; details?: { code?: string } };
  };
  if (response.ok) return answer;
  const { message, details } = answer.error ?? {};
  throw new LoginError(details?.code ?? 'unknown', message, response.status);
};

const invalidAnswer = () => new LoginError('unknown', 'The answer is not from Strapi.');

/**
 * Exchanges credentials for a session. Use it in a front-end that runs the login with Cognito itself, and in Node.
 *
 * @throws {LoginError}
 */
export const exchangeProof = async <U extends User = User>(
  api: string,
  credentials: Credentials,
  { refreshCookie }: Pick<FinishOptions, 'refreshCookie'> = {},
): Promise<Session<U>> => {
  const answer = await ask('POST', address(api, '/auth/cognito/callback'), {
    body: credentials,
    cookie: refreshCookie,
  });
  if (!answer.jwt || !answer.user) throw invalidAnswer();
  return answer as unknown as Session<U>;
};

const askSession = (api: string, step: string, refreshToken?: string, jwt?: string) =>
  ask('POST', address(api, `/auth/${step}`), {
    jwt,
    body: { refreshToken },
    cookie: refreshToken === undefined,
  });

/**
 * Gets a new JWT to replace one that expires: Strapi 5 with `jwtManagement: 'refresh'`.
 *
 * @param refreshToken the latest refresh token. Without it, the one in the cookie is used, which a login with
 * `refreshCookie` has set.
 * @returns the JWT, and the refresh token for the next time, unless it is in the cookie.
 * @throws {LoginError} `unknown` with status 401 if the user has to log in again.
 */
export const refresh = async (
  api: string,
  refreshToken?: string,
): Promise<Omit<Session, 'user'>> => {
  const answer = await askSession(api, 'refresh', refreshToken);
  if (!answer.jwt) throw invalidAnswer();
  return answer as unknown as Session;
};

/**
 * Ends this session: Strapi 5 with `jwtManagement: 'refresh'`. The JWT stays valid until it expires.
 * {@link logoutUrl} ends Cognito's own session.
 *
 * @param refreshToken as for {@link refresh}.
 * @throws {LoginError}
 */
export const logout = async (api: string, jwt: string, refreshToken?: string): Promise<void> => {
  await askSession(api, 'logout', refreshToken, jwt);
};

const LINK = '/auth/cognito/link';

/**
 * Links a Cognito account to the logged-in user. For a one-time code from a URL, use {@link finishLink}: otherwise an
 * attacker could link their own account to the user.
 *
 * @param jwt the Strapi JWT of the user, from a recent login.
 * @throws {LoginError} `reauthentication_required` if that login is too old.
 */
export const link = async <U extends User = User>(
  api: string,
  jwt: string,
  credentials: Credentials,
): Promise<U> => {
  const { user } = await ask('POST', address(api, LINK), { jwt, body: credentials });
  if (!user) throw invalidAnswer();
  return user as U;
};

/**
 * Unlinks the Cognito account of the logged-in user.
 *
 * @throws {LoginError} `invalid_request` if the user would have no other way to log in.
 */
export const unlink = async <U extends User = User>(api: string, jwt: string): Promise<U> => {
  const { user } = await ask('DELETE', address(api, LINK), { jwt });
  if (!user) throw invalidAnswer();
  return user as U;
};

/**
 * Whether the logged-in user has a Cognito account.
 *
 * @throws {LoginError}
 */
export const linkStatus = async (api: string, jwt: string): Promise<LinkStatus> => {
  const { linked, linkedAt } = await ask('GET', address(api, LINK), { jwt });
  if (typeof linked !== 'boolean') throw invalidAnswer();
  return { linked, linkedAt: (linkedAt ?? null) as string | null };
};

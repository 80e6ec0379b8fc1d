import { element, linkButton } from './elements.js';
import { connectAsOtherUrl, connectUrl } from './strapi.js';

const retry = { text: 'Log in again', href: connectUrl };
const useOtherAccount = { text: 'Log in as another user', href: connectAsOtherUrl };

const clockAdvice = 'The clock of a server is wrong. Please tell the operator of this site.';
const foreignLogin =
  'This login is not valid for this site. Log in with the button below. If it happens again, ' +
  'tell the operator of this site.';
const setupAdvice = 'You did nothing wrong. Please tell the operator of this site.';

/**
 * What to show to the user for each error code: what happened, what to do, and a button that helps. The codes are those
 * of the plugin, of Cognito, and of this front-end (`no_answer`).
 */
const problems = {
  access_denied: {
    headline: 'You cancelled the login',
    advice: 'You can log in at any time.',
    button: retry,
    calm: true,
  },
  login_required: {
    headline: 'Please sign in',
    advice: 'You are not signed in at the moment.',
    button: retry,
    calm: true,
  },
  login_expired: {
    headline: 'That took a little too long',
    advice: 'This login was already used or has expired. Please log in again.',
    button: retry,
    calm: true,
  },
  invalid_request: {
    headline: 'This login cannot be completed',
    advice:
      'It may have started in another browser, or this page was opened directly. Please log in again.',
    button: retry,
  },
  email_missing: {
    headline: 'Your account has no email address',
    advice: 'Add one to the account that you signed in with, or use another account.',
    button: useOtherAccount,
  },
  email_not_verified: {
    headline: 'Please confirm your email address first',
    advice:
      'Look for a confirmation code or link in your inbox, confirm your address, and log in again.',
    button: useOtherAccount,
  },
  email_taken: {
    headline: 'You already have an account here',
    advice:
      'An account with your email address uses another way to log in. Log in that way, and link the two in your account settings.',
    button: useOtherAccount,
  },
  identity_taken: {
    headline: 'This sign-in belongs to another account',
    advice:
      'It is linked to another account on this site. Log in to that account, or unlink it there.',
    button: useOtherAccount,
  },
  group_required: {
    headline: 'This site is only for a certain group',
    advice: 'Your account is not in that group. Ask the operator of this site to add you.',
    button: useOtherAccount,
  },
  registration_disabled: {
    headline: 'Registration is closed',
    advice: 'This site accepts no new accounts at the moment. Do you have another account?',
    button: useOtherAccount,
  },
  user_blocked: {
    headline: 'Your account is blocked',
    advice: 'Please ask the operator of this site.',
    button: useOtherAccount,
  },
  provider_disabled: { headline: 'Login is disabled', advice: setupAdvice },
  not_configured: { headline: 'Login is not set up yet', advice: setupAdvice },
  cognito_refused: {
    headline: 'The sign-in service rejected the login',
    advice: setupAdvice,
    button: retry,
  },
  unauthorized_client: { headline: 'The sign-in service rejected the login', advice: setupAdvice },
  invalid_scope: { headline: 'The sign-in service rejected the login', advice: setupAdvice },
  cognito_unavailable: {
    headline: 'The sign-in service does not respond',
    advice: 'Please try again in a minute.',
    button: retry,
  },
  too_many_requests: {
    headline: 'Too many failed logins from your network',
    advice: 'Please wait a minute, then try again.',
    button: retry,
  },
  temporarily_unavailable: {
    headline: 'The sign-in service is busy',
    advice: 'Please try again in a minute.',
    button: retry,
  },
  server_error: {
    headline: 'Something went wrong while logging in',
    advice: 'Please try again in a minute.',
    button: retry,
  },
  token_expired: {
    headline: 'That took a little too long',
    advice: 'Your sign-in has expired. Please log in again.',
    button: retry,
    calm: true,
  },
  token_not_yet_valid: { headline: 'A server clock is wrong', advice: clockAdvice, button: retry },
  token_malformed: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  token_signature: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  token_issuer: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  token_audience: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  token_use: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  token_nonce: { headline: 'This login is not valid', advice: foreignLogin, button: retry },
  no_answer: {
    headline: 'Strapi does not respond',
    advice: 'Is it running? Please try again in a minute.',
    button: retry,
  },
};

const unknown = {
  headline: 'The login failed',
  advice: 'Please try again. If it happens again, tell the operator of this site the code below.',
  button: retry,
};

/**
 * @param {string} code
 * @param {string} message the server's description
 */
export function problemCard(code, message) {
  const known = Object.hasOwn(problems, code) ? problems[code] : unknown;
  const buttons = element('p', { class: 'buttons' });
  if (known.button) buttons.append(linkButton(known.button.text, known.button.href, 'primary'));
  buttons.append(linkButton('Back to the start', '/'));

  return element(
    'section',
    { class: known.calm ? 'card' : 'card problem', role: 'alert' },
    element('h1', {}, known.headline),
    element('p', {}, known.advice),
    buttons,
    element('p', { class: 'small' }, element('code', {}, code), ...quoteServer(message)),
  );
}

/** Shown as a quotation, because anyone can write a message into a URL. */
function quoteServer(message) {
  return message ? [` The server said: “${message}”`] : [];
}

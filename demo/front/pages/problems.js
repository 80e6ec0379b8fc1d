import { element, linkButton } from './elements.js';
import { connectAsOtherUrl, connectUrl } from './strapi.js';

const again = { text: 'Log in again', href: connectUrl };
const other = { text: 'Log in as somebody else', href: connectAsOtherUrl };

const clock = 'A clock is wrong on one of the servers. Please tell whoever runs this site.';
const stranger =
  'What came back is not meant for this site. Log in with the button here, and if it happens ' +
  'again, tell whoever runs this site.';
const setup = 'This is not your doing. Please tell whoever runs this site.';

/**
 * What each code means to the person in front of the screen: what happened, what to do, and the
 * button that helps. Codes are those of the plugin, of Cognito, and of this front-end (`no_answer`).
 */
const problems = {
  access_denied: {
    headline: 'You cancelled the log-in',
    advice: 'Nothing has happened. You can log in whenever you like.',
    button: again,
    calm: true,
  },
  login_required: {
    headline: 'Please sign in',
    advice: 'You are not signed in at the moment.',
    button: again,
    calm: true,
  },
  login_expired: {
    headline: 'That took a little too long',
    advice: 'This log-in is used up or too old. A new one will do.',
    button: again,
    calm: true,
  },
  invalid_request: {
    headline: 'This log-in cannot be finished',
    advice:
      'It may have been begun in another browser or tab, or the page was opened out of turn. Begin a new one here.',
    button: again,
  },
  email_missing: {
    headline: 'Your account has no email address',
    advice: 'Add one to the account you signed in with, or use another account.',
    button: other,
  },
  email_not_verified: {
    headline: 'Please confirm your email address first',
    advice:
      'Look for a message with a confirmation code or link in your inbox, confirm your address, and log in again.',
    button: other,
  },
  email_taken: {
    headline: 'You already have an account here',
    advice:
      'There is an account with your email address that you log in to in another way. Log in that way, and link the two in your account settings.',
    button: other,
  },
  identity_taken: {
    headline: 'This sign-in belongs to another account',
    advice: 'It is linked to another account of this site. Log in to that one, or unlink it there.',
    button: other,
  },
  group_required: {
    headline: 'This site is for members of a group',
    advice: 'Your account is not in it. Ask whoever invited you to add you.',
    button: other,
  },
  registration_disabled: {
    headline: 'No new accounts at the moment',
    advice: 'This site only takes people it knows already. Do you have another account?',
    button: other,
  },
  user_blocked: {
    headline: 'Your account is blocked',
    advice: 'Please ask whoever runs this site.',
    button: other,
  },
  provider_disabled: { headline: 'Logging in is switched off', advice: setup },
  not_configured: { headline: 'Logging in is not set up yet', advice: setup },
  cognito_refused: { headline: 'The sign-in service refused', advice: setup, button: again },
  unauthorized_client: { headline: 'The sign-in service refused', advice: setup },
  invalid_scope: { headline: 'The sign-in service refused', advice: setup },
  cognito_unavailable: {
    headline: 'The sign-in service does not answer',
    advice: 'Please try again in a minute.',
    button: again,
  },
  too_many_requests: {
    headline: 'Too many failed logins from your network',
    advice: 'Please wait a little, then try again.',
    button: again,
  },
  temporarily_unavailable: {
    headline: 'The sign-in service is busy',
    advice: 'Please try again in a minute.',
    button: again,
  },
  server_error: {
    headline: 'Something went wrong while logging in',
    advice: 'Please try again in a minute.',
    button: again,
  },
  token_expired: {
    headline: 'That took a little too long',
    advice: 'Your sign-in is too old. A new one will do.',
    button: again,
    calm: true,
  },
  token_not_yet_valid: { headline: 'The clocks do not agree', advice: clock, button: again },
  token_malformed: { headline: 'This log-in is not right', advice: stranger, button: again },
  token_signature: { headline: 'This log-in is not right', advice: stranger, button: again },
  token_issuer: { headline: 'This log-in is not right', advice: stranger, button: again },
  token_audience: { headline: 'This log-in is not right', advice: stranger, button: again },
  token_use: { headline: 'This log-in is not right', advice: stranger, button: again },
  token_nonce: { headline: 'This log-in is not right', advice: stranger, button: again },
  no_answer: {
    headline: 'Strapi does not answer',
    advice: 'Is it running? Please try again in a minute.',
    button: again,
  },
};

const unknown = {
  headline: 'Logging in did not work',
  advice: 'Please try again. If it happens again, tell whoever runs this site the code below.',
  button: again,
};

/**
 * @param {string} code
 * @param {string} message what the server says about it
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
    element('p', { class: 'small' }, element('code', {}, code), ...quoted(message)),
  );
}

/** Marked as another's words: what is in a URL may have been put there by anybody. */
function quoted(message) {
  return message ? [` The server said: “${message}”`] : [];
}

import { showAccount } from './account.js';
import { element, linkButton, showPage, waiting } from './elements.js';
import { problemCard } from './problems.js';
import { session } from './session.js';
import { connectUrl, exchange, StrapiError } from './strapi.js';
import { noteLogin, noteProblem, tourCard } from './tour.js';

const query = new URLSearchParams(location.search);

// Before anything else: what is in the address bar ends up in histories and screenshots.
history.replaceState(null, '', location.pathname);

const code = query.get('access_token');
const error = query.get('error');

if (error) showProblem(error, query.get('error_description') ?? '');
else if (code) await logIn(code);
// Loaded again after a login, there is nothing left to do here.
else if (session.jwt) await showAccount();
else showNothingToDo();

async function logIn(accessToken) {
  showPage('Logging in', waiting('Logging you in …'));
  try {
    const { jwt } = await exchange(accessToken);
    session.open(jwt);
  } catch (failure) {
    if (!(failure instanceof StrapiError)) throw failure;
    // The same code a second time, after it has done its work.
    const done = failure.code === 'login_expired' && session.jwt;
    if (!done) {
      showProblem(failure.code, failure.message);
      return;
    }
  }
  await showAccount(noteLogin);
}

function showProblem(problem, message) {
  noteProblem(problem);
  showPage('Not logged in', problemCard(problem, message), ...tourCard());
}

function showNothingToDo() {
  showPage(
    'Log in',
    element(
      'section',
      { class: 'card' },
      element('h1', {}, 'Nothing to do here'),
      element('p', {}, 'This page is where a log-in ends, and you have not begun one.'),
      element(
        'p',
        { class: 'buttons' },
        linkButton('Log in', connectUrl, 'primary'),
        linkButton('Back to the start', '/'),
      ),
    ),
  );
}

import { showAccount } from './account.js';
import { element, linkButton, showPage, waiting } from './elements.js';
import { problemCard } from './problems.js';
import { session } from './session.js';
import { connectUrl, exchange, StrapiError } from './strapi.js';
import { recordLogin, recordProblem, tourCard } from './tour.js';

const query = new URLSearchParams(location.search);

// First of all, because the address bar ends up in the history and in screenshots.
history.replaceState(null, '', location.pathname);

const code = query.get('access_token');
const error = query.get('error');

if (error) showProblem(error, query.get('error_description') ?? '');
else if (code) await logIn(code);
// The page was reloaded after a login.
else if (session.jwt) await showAccount();
else showNothingToDo();

async function logIn(accessToken) {
  showPage('Logging in', waiting('Logging you in …'));
  try {
    const { jwt } = await exchange(accessToken);
    session.open(jwt);
  } catch (failure) {
    if (!(failure instanceof StrapiError)) throw failure;
    // The code was already exchanged in this tab.
    const done = failure.code === 'login_expired' && session.jwt;
    if (!done) {
      showProblem(failure.code, failure.message);
      return;
    }
  }
  await showAccount(recordLogin);
}

function showProblem(problem, message) {
  recordProblem(problem);
  showPage('Not logged in', problemCard(problem, message), ...tourCard());
}

function showNothingToDo() {
  showPage(
    'Log in',
    element(
      'section',
      { class: 'card' },
      element('h1', {}, 'Nothing to do here'),
      element('p', {}, 'A login ends on this page, but you have not started one.'),
      element(
        'p',
        { class: 'buttons' },
        linkButton('Log in', connectUrl, 'primary'),
        linkButton('Back to the start', '/'),
      ),
    ),
  );
}

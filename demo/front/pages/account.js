import { button, element, showPage, waiting } from './elements.js';
import { problemCard } from './problems.js';
import { session } from './session.js';
import { connectUrl, logoutUrl, read, StrapiError } from './strapi.js';
import { recordLogout, tourCard } from './tour.js';

const me = '/api/users/me?populate=role';

// Going back shows the page from the cache, although the user may have logged out since.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

/**
 * Shows who is logged in, and the responses of the API.
 * @param {(user: object) => void} [onUser] is called with the user.
 */
export async function showAccount(onUser = () => {}) {
  showPage('One moment', waiting('Asking Strapi who you are …'));
  try {
    const { jwt } = session;
    const [user, notes] = await Promise.all([read(me, jwt), read('/api/notes', jwt)]);
    onUser(user);
    showPage(
      `Welcome, ${user.username}`,
      userCard(user),
      ...tourCard(),
      notesCard(notes),
      responsesCard(user, notes),
    );
  } catch (error) {
    if (!(error instanceof StrapiError)) throw error;
    if (error.status === 401) showEnded();
    else showPage('A problem', problemCard(error.code, error.message));
  }
}

/** The JWT has expired, or the user was deleted. */
function showEnded() {
  session.close();
  showPage(
    'Logged out',
    element(
      'section',
      { class: 'card' },
      element('h1', {}, 'You have been logged out'),
      element(
        'p',
        {},
        'Your session has expired, or your account was deleted. Please log in again.',
      ),
      element(
        'p',
        { class: 'buttons' },
        element('a', { href: connectUrl, class: 'button primary' }, 'Log in'),
      ),
    ),
  );
}

function userCard(user) {
  const initial = user.username.slice(0, 1).toUpperCase();
  return element(
    'section',
    { class: 'card user' },
    element('span', { class: 'avatar', 'aria-hidden': 'true' }, initial),
    element(
      'div',
      { class: 'who' },
      element('h1', {}, 'Welcome, ', element('span', { id: 'username' }, user.username)),
      element('p', { class: 'soft', id: 'email' }, user.email),
    ),
    button('Log out', logOut),
    descriptionList({
      'Role in Strapi': user.role?.name ?? 'none',
      'Logged in with': user.provider,
      'Email confirmed': user.confirmed ? 'yes' : 'no',
      'In Strapi since': new Date(user.createdAt).toLocaleDateString(undefined, {
        dateStyle: 'medium',
      }),
      'User id in Strapi': String(user.id),
    }),
  );
}

function descriptionList(entries) {
  const list = element('dl', {});
  for (const [term, detail] of Object.entries(entries)) {
    list.append(element('div', {}, element('dt', {}, term), element('dd', {}, detail)));
  }
  return list;
}

function notesCard({ data }) {
  const list = element('ul', { class: 'notes' });
  for (const note of data) {
    // Strapi 4 nests the fields.
    const { title, text } = note.attributes ?? note;
    list.append(element('li', {}, element('h3', {}, title), element('p', {}, text ?? '')));
  }
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, 'Notes'),
    element('p', { class: 'soft' }, 'Strapi shows these only to users who are logged in.'),
    data.length > 0 ? list : element('p', {}, 'There are no notes yet.'),
  );
}

function responsesCard(user, notes) {
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, 'Responses of the API'),
    element('p', { class: 'soft' }, 'The JSON that Strapi returns to requests with your JWT.'),
    responseDetails(me, user),
    responseDetails('/api/notes', notes),
  );
}

function responseDetails(path, body) {
  return element(
    'details',
    { 'data-path': path },
    element(
      'summary',
      {},
      element('code', {}, `GET ${path}`),
      element('span', { class: 'ok' }, '200 OK'),
    ),
    element('pre', { tabindex: '0' }, JSON.stringify(body, null, 2)),
  );
}

function logOut() {
  session.close();
  recordLogout();
  location.assign(logoutUrl);
}

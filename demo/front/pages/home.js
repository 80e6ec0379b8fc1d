import { showAccount } from './account.js';
import { element, linkButton, showPage } from './elements.js';
import { session } from './session.js';
import { connectUrl } from './strapi.js';
import { tourCard } from './tour.js';

const steps = [
  'Strapi redirects you to the sign-in page of your user pool.',
  'You sign in there; this site never sees your password.',
  'You return with a one-time code, which Strapi exchanges for its own JWT.',
];

function showLogin() {
  const list = element('ol', {});
  for (const step of steps) list.append(element('li', {}, step));
  showPage(
    'Log in',
    element(
      'section',
      { class: 'card hero' },
      element('h1', {}, 'Log in to read the notes'),
      element(
        'p',
        { class: 'soft' },
        'The notes are in Strapi, and you log in with Amazon Cognito.',
      ),
      element('p', { class: 'buttons' }, linkButton('Log in', connectUrl, 'primary large')),
    ),
    ...tourCard(),
    element('section', { class: 'card steps' }, element('h2', {}, 'What happens next'), list),
  );
}

if (session.jwt) showAccount();
else showLogin();

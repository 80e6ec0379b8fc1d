import { adminPage, tour } from '/config.js';
import { element } from './elements.js';

/** What there is to see, and the people of the stand-in pool who show it. */
const stops = [
  {
    id: 'group',
    title: 'A group becomes a role',
    todo: ['Log in as ', 'ann', ', who is new to Strapi.'],
    see: 'Strapi makes her a user with the role Editor: she is in the group editors. (nia, in no group, gets Authenticated.)',
  },
  {
    id: 'logout',
    title: 'Logging out is logging out',
    todo: ['Press Log out, then Log in.'],
    see: 'The user pool asks who you are, and does not let the same person straight in.',
  },
  {
    id: 'returning',
    title: 'Somebody comes back',
    todo: ['Log in as ', 'ann', ' again.'],
    see: 'She has the same number in Strapi. The pool and her sub say who she is, not her email.',
  },
  {
    id: 'email_not_verified',
    title: 'An email that is not verified',
    todo: ['Log in as ', 'ben', '.'],
    see: 'He is turned away: anybody could have typed that email. No user is made.',
  },
  {
    id: 'user_blocked',
    title: 'Somebody who is blocked',
    todo: ['Log in as ', 'max', '.'],
    see: 'An administrator has blocked him in Strapi, so he gets no further. Unblock him in the Content Manager, and he does.',
  },
];

/** In the browser, so that it outlives the tab's session. */
const storage = {
  read: (name) => JSON.parse(localStorage.getItem(`tour-${name}`) ?? '[]'),
  add(name, value) {
    localStorage.setItem(`tour-${name}`, JSON.stringify([...new Set([...this.read(name), value])]));
  },
};

const mark = (id) => storage.add('seen', id);

/** Somebody is in. */
export function noteLogin({ id, role }) {
  if (role?.type === 'editor') mark('group');
  if (storage.read('users').includes(id)) mark('returning');
  storage.add('users', id);
}

/** A login has ended with this code. */
export function noteProblem(code) {
  if (stops.some(({ id }) => id === code)) mark(code);
}

/** Somebody has logged out. */
export const noteLogout = () => mark('logout');

/** The tour, with a tick at what has been seen; nothing where the people of the stand-in are not. */
export function tourCard() {
  if (!tour) return [];
  const seen = storage.read('seen');
  const list = element('ol', { class: 'stops' });
  for (const stop of stops) list.append(stopItem(stop, seen.includes(stop.id)));
  const count = stops.filter(({ id }) => seen.includes(id)).length;
  return [
    element(
      'section',
      { class: 'card tour', 'aria-labelledby': 'tour-title' },
      element('h2', { id: 'tour-title' }, 'A tour in five steps'),
      element(
        'p',
        { class: 'soft' },
        count === stops.length
          ? 'You have seen all of it.'
          : `Nobody needs a password. Seen so far: ${count} of ${stops.length}.`,
      ),
      list,
      ...adminHint(),
    ),
  ];
}

/** Where an admin sees all of this, if the demo has an admin panel. */
function adminHint() {
  if (adminPage === '') return [];
  const link = element('a', { href: `${adminPage}?tab=users` }, 'AWS Cognito');
  return [
    element(
      'p',
      {},
      'As the admin, see every login and why it was refused: open ',
      link,
      ' in Strapi.',
    ),
  ];
}

function stopItem({ title, todo: [before, who = '', after = ''], see }, isSeen) {
  return element(
    'li',
    { class: isSeen ? 'seen' : '' },
    element('h3', {}, title, ...(isSeen ? [element('span', { class: 'ok' }, 'seen')] : [])),
    element('p', {}, before, element('strong', {}, who), after),
    element('p', { class: 'soft' }, see),
  );
}

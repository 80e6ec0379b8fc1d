import { adminPage, tour } from '/config.js';
import { element } from './elements.js';

/** What the tour shows, with which users of the stand-in pool. */
const steps = [
  {
    id: 'group',
    title: 'A group becomes a role',
    todo: ['Log in as ', 'ann', ', who is new to Strapi.'],
    see: 'Strapi creates a user with the role Editor, because ann is in the group editors. (nia, in no group, gets Authenticated.)',
  },
  {
    id: 'logout',
    title: 'Logout also ends the session at the pool',
    todo: ['Press Log out, then Log in.'],
    see: 'The user pool asks you to sign in again.',
  },
  {
    id: 'returning',
    title: 'A user returns',
    todo: ['Log in as ', 'ann', ' again.'],
    see: 'She has the same id in Strapi. Users are identified by user pool and sub, not by email.',
  },
  {
    id: 'email_not_verified',
    title: 'An email that is not verified',
    todo: ['Log in as ', 'ben', '.'],
    see: 'His login fails, because anyone could have typed that email. No user is created.',
  },
  {
    id: 'user_blocked',
    title: 'A user who is blocked',
    todo: ['Log in as ', 'max', '.'],
    see: 'An administrator has blocked him in Strapi, so his login fails. Unblock him in the Content Manager, and it works.',
  },
];

/** In localStorage, so that it outlives the tab. */
const storage = {
  read: (name) => JSON.parse(localStorage.getItem(`tour-${name}`) ?? '[]'),
  add(name, value) {
    localStorage.setItem(`tour-${name}`, JSON.stringify([...new Set([...this.read(name), value])]));
  },
};

const mark = (id) => storage.add('seen', id);

/** A user has logged in. */
export function recordLogin({ id, role }) {
  if (role?.type === 'editor') mark('group');
  if (storage.read('users').includes(id)) mark('returning');
  storage.add('users', id);
}

/** A login has failed with this code. */
export function recordProblem(code) {
  if (steps.some(({ id }) => id === code)) mark(code);
}

/** The user has logged out. */
export const recordLogout = () => mark('logout');

/** The tour, with a mark at each step that was seen; empty without the users of the stand-in. */
export function tourCard() {
  if (!tour) return [];
  const seen = storage.read('seen');
  const list = element('ol', { class: 'stops' });
  for (const step of steps) list.append(stepItem(step, seen.includes(step.id)));
  const count = steps.filter(({ id }) => seen.includes(id)).length;
  return [
    element(
      'section',
      { class: 'card tour', 'aria-labelledby': 'tour-title' },
      element('h2', { id: 'tour-title' }, 'A tour in five steps'),
      element(
        'p',
        { class: 'soft' },
        count === steps.length
          ? 'You have seen everything.'
          : `You need no password. Seen so far: ${count} of ${steps.length}.`,
      ),
      list,
      ...adminHint(),
    ),
  ];
}

/** Links to the login records, if the demo has an admin panel. */
function adminHint() {
  if (adminPage === '') return [];
  const link = element('a', { href: `${adminPage}?tab=users` }, 'AWS Cognito');
  return [
    element('p', {}, 'As the admin, see every login and why it failed: open ', link, ' in Strapi.'),
  ];
}

function stepItem({ title, todo: [before, who = '', after = ''], see }, isSeen) {
  return element(
    'li',
    { class: isSeen ? 'seen' : '' },
    element('h3', {}, title, ...(isSeen ? [element('span', { class: 'ok' }, 'seen')] : [])),
    element('p', {}, before, element('strong', {}, who), after),
    element('p', { class: 'soft' }, see),
  );
}

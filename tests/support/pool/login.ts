import { checkAuthorization, signIn } from './authorize';
import { redirect, withQuery, type PoolRequest, type Reply } from './http';
import { errorPage, signInPage } from './pages';
import { stableUuid, createPoolUser, type PoolUser } from './users';
import type { PoolState } from './state';

/** `GET /login`: the sign-in page; `POST /login`: the user's choice. */
export function login(state: PoolState, request: PoolRequest): Reply {
  const checked = checkAuthorization(state, request.query);
  if ('status' in checked) {
    return checked;
  }
  if (request.method === 'GET') {
    return signInPage([...state.users.values()], request.query);
  }
  if (request.form.has('cancel')) {
    return redirect(
      withQuery(checked.redirectUri, {
        error: 'access_denied',
        error_description: 'User cancelled the sign-in',
        state: checked.state,
      }),
    );
  }
  const user = findChosenUser(state, request.form);
  if (!user) {
    const problem = 'Choose a user, or enter a user name.';
    return signInPage([...state.users.values()], request.query, problem);
  }
  return signIn(state, checked, user);
}

/** The user with this name or user name. */
export function findUser(state: PoolState, name: string): PoolUser | undefined {
  const all = [...state.users.values()];
  return state.users.get(name) ?? all.find(({ username }) => username === name);
}

/** The user of the button, or the user whom the form describes: a new one, or a known one with changes. */
function findChosenUser(state: PoolState, form: URLSearchParams): PoolUser | undefined {
  const button = form.get('user');
  if (button !== null) {
    return findUser(state, button);
  }
  const name = form.get('username')?.trim();
  if (!name) {
    return undefined;
  }
  const email = form.get('email')?.trim();
  const verified = form.has('email_verified');
  const groups = (form.get('groups') ?? '').split(/[\s,]+/).filter((group) => group !== '');
  const user =
    findUser(state, name) ??
    createPoolUser({ name, sub: stableUuid(`sub ${name}`), attributes: {} });
  if (email) {
    user.attributes.email = email;
    user.attributes.email_verified = verified;
  }
  if (groups.length > 0) {
    user.groups = groups;
  }
  user.about = describeUser(user);
  state.users.set(user.name, user);
  return user;
}

function describeUser({ attributes, groups }: PoolUser): string {
  const email = attributes.email === undefined ? 'No email' : 'Email';
  const verified = attributes.email_verified === true ? 'verified' : 'not verified';
  const where = groups.length > 0 ? `in ${groups.join(', ')}` : 'in no group';
  return `${email === 'Email' ? `Email ${verified}` : email}, ${where}`;
}

const explanations: Record<string, string> = {
  redirect_mismatch:
    'The redirect URI of this request is not one of the allowed callback URLs of the app client. Register exactly this URL there.',
  invalid_client: 'There is no app client with this id in the user pool.',
};

/** `GET /error`: where the Hosted UI redirects a browser that it must not redirect to the app. */
export function error(_state: PoolState, { query }: PoolRequest): Reply {
  const code = query.get('error') ?? 'unknown_error';
  return errorPage(200, code, explanations[code] ?? 'This request is invalid.', {
    'App client': query.get('client_id') ?? undefined,
  });
}

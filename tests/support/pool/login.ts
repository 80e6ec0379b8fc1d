import { checkAuthorization, signIn } from './authorize';
import { redirect, withQuery, type PoolRequest, type Reply } from './http';
import { errorPage, signInPage } from './pages';
import { lastingUuid, makeUser, type PoolUser } from './users';
import type { PoolState } from './state';

/** `GET /login`: the sign-in page; `POST /login`: somebody has chosen. */
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
  const user = chosen(state, request.form);
  if (!user) {
    const problem = 'Choose somebody, or give a user name.';
    return signInPage([...state.users.values()], request.query, problem);
  }
  return signIn(state, checked, user);
}

/** The user with this name or user name. */
export function findUser(state: PoolState, name: string): PoolUser | undefined {
  const all = [...state.users.values()];
  return state.users.get(name) ?? all.find(({ username }) => username === name);
}

/** Whoever a button names, or whoever the form describes: somebody new, or somebody known with what was filled in. */
function chosen(state: PoolState, form: URLSearchParams): PoolUser | undefined {
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
    findUser(state, name) ?? makeUser({ name, sub: lastingUuid(`sub ${name}`), attributes: {} });
  if (email) {
    user.attributes.email = email;
    user.attributes.email_verified = verified;
  }
  if (groups.length > 0) {
    user.groups = groups;
  }
  user.about = describe(user);
  state.users.set(user.name, user);
  return user;
}

function describe({ attributes, groups }: PoolUser): string {
  const email = attributes.email === undefined ? 'No email' : 'Email';
  const verified = attributes.email_verified === true ? 'verified' : 'not verified';
  const where = groups.length > 0 ? `in ${groups.join(', ')}` : 'in no group';
  return `${email === 'Email' ? `Email ${verified}` : email}, ${where}`;
}

const explanations: Record<string, string> = {
  redirect_mismatch:
    'The redirect URL of this request is not one of the allowed callback URLs of the app client. It has to be registered there, byte by byte.',
  invalid_client: 'There is no app client with this id in the user pool.',
};

/** `GET /error`: where the Hosted UI sends a browser that it dares not send back to the app. */
export function error(_state: PoolState, { query }: PoolRequest): Reply {
  const code = query.get('error') ?? 'unknown_error';
  return errorPage(200, code, explanations[code] ?? 'Something is wrong with this request.', {
    'App client': query.get('client_id') ?? undefined,
  });
}

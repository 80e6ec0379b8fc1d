import { LoginError, exchangeProof } from 'strapi-plugin-cognito-client';
import {
  SESSION,
  pendingLogins,
  redirect,
  setCookie,
  setPendingLogins,
} from '../../../../lib/http';
import { api, origin } from '../../../../lib/site';

export const dynamic = 'force-dynamic';

/** The redirect URL: ends a login that this browser started, and sets a cookie that no script can read. */
export async function GET(request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams;
  // The redirect URL may have its own parameters before these.
  const state = query.getAll('state').at(-1);
  const pending = pendingLogins(request);
  const others = pending.filter((each) => each !== state);
  const ended = setPendingLogins(others);
  const fail = (code: string) => redirect(`${origin}/?problem=${encodeURIComponent(code)}`, ended);

  const error = query.get('error');
  if (error !== null) return fail(error);
  // An attacker could otherwise send a user a URL that logs them in to the attacker's account.
  if (others.length === pending.length) return fail('state_mismatch');
  try {
    const { jwt } = await exchangeProof(api, { access_token: query.get('access_token') ?? '' });
    return redirect(origin, setCookie(SESSION, jwt), ended);
  } catch (failure) {
    if (failure instanceof LoginError) return fail(failure.code);
    throw failure;
  }
}

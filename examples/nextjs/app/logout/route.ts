import { logoutUrl } from 'strapi-plugin-cognito-client';
import { SESSION, redirect, setCookie } from '../../lib/http';
import { api, origin } from '../../lib/site';

/** Ends the session here and at Cognito. Only a form on this site may request it. */
export function POST(request: Request): Response {
  if (request.headers.get('origin') !== origin) return new Response(null, { status: 403 });
  return redirect(logoutUrl(api, origin), setCookie(SESSION, '', 0));
}

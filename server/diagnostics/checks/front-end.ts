import { validateFrontEndUrl } from '../../login/connect';
import { withTimeout } from '../../protocol/with-timeout';
import { isLoopbackHost, parseUrl } from '../../protocol/endpoints';
import { quote } from '../../protocol/errors';
import { findReservedParameter, resolveFrontEndUrl } from '../../settings/front-end-url';
import { type Finding, finding } from '../messages';
import { type DiagnosticsRun, isPublic } from '../run';

/** Checks the front-end URL. Nothing is fetched from there. */
export async function checkFrontEnd(run: DiagnosticsRun): Promise<Finding> {
  const { redirectUrl } = run;
  const { callback } = run.configured;
  if (callback === undefined) return finding('front-end.missing');
  const url = resolveFrontEndUrl(callback, redirectUrl.href);
  if (!url) return describeUnusable(callback, redirectUrl.href);
  const values = { url: url.href };
  const { origin, pathname } = redirectUrl;
  const path = url.origin === origin ? url.pathname.replace(/\/+$/, '') : undefined;
  if (path === pathname || `${path}/callback` === pathname) {
    return finding('front-end.loop', values);
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return finding('front-end.not-https', values);
  }
  if (/^https?:$/.test(url.protocol) && isLoopbackHost(url.hostname) && isPublic(redirectUrl)) {
    return finding('front-end.localhost', values);
  }
  if (path === pathname.replace('/connect/cognito/', '/auth/cognito/')) {
    return finding('front-end.strapi-itself', values);
  }
  try {
    const requested = callback.startsWith('/') ? url.href : callback;
    const validation = validateFrontEndUrl(run.strapi, requested, run.settings);
    await withTimeout(validation, run.settings.http.timeout);
  } catch {
    return finding('front-end.not-validated', values);
  }
  return finding('front-end.good', values);
}

function describeUnusable(given: string, base: string): Finding {
  const url = parseUrl(given, base);
  const parameter = url && findReservedParameter(url);
  return parameter === undefined
    ? finding('front-end.unusable', { given: quote(given) })
    : finding('front-end.reserved-parameter', { parameter });
}

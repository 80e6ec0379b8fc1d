import { connectPrefix } from '../../urls';
import { validateFrontEndUrl } from '../../login/connect';
import { withTimeout } from '../../protocol/with-timeout';
import { isLoopbackHost } from '../../protocol/endpoints';
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
  if (
    isStrapiPath(run, url, '/connect/cognito') ||
    isStrapiPath(run, url, '/connect/cognito/callback')
  ) {
    return finding('front-end.loop', { url: url.href });
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return finding('front-end.not-https', { url: url.href });
  }
  if (/^https?:$/.test(url.protocol) && isLoopbackHost(url.hostname) && isPublic(redirectUrl)) {
    return finding('front-end.localhost', { url: url.href });
  }
  if (isStrapiPath(run, url, '/auth/cognito/callback')) {
    return finding('front-end.strapi-itself', { url: url.href });
  }
  try {
    await withTimeout(validateFrontEndUrl(run.strapi, url.href, url), run.settings.http.timeout);
  } catch {
    return finding('front-end.not-validated', { url: url.href });
  }
  return finding('front-end.good', { url: url.href });
}

function describeUnusable(given: string, base: string): Finding {
  let parameter: string | undefined;
  try {
    parameter = findReservedParameter(new URL(given, base));
  } catch {
    // It is not a URL.
  }
  return parameter === undefined
    ? finding('front-end.unusable', { given: quote(given) })
    : finding('front-end.reserved-parameter', { parameter });
}

/** Whether a URL is this path of Strapi's own REST API. */
function isStrapiPath({ strapi, redirectUrl }: DiagnosticsRun, url: URL, path: string): boolean {
  const prefix = connectPrefix(strapi).slice(0, -'/connect'.length);
  const before = redirectUrl.pathname.slice(0, redirectUrl.pathname.indexOf(connectPrefix(strapi)));
  return (
    url.origin === redirectUrl.origin && url.pathname.replace(/\/+$/, '') === before + prefix + path
  );
}

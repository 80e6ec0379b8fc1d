import type { Strapi } from '../strapi';

/** Parameters of any address that hold a token or a code of a login. */
const SECRET =
  /(?:^|\[)(?:access_token|id_token|refresh_token|code|code_verifier|client_secret)(?:\]|\[|$)/i;

const PARAMETER = /([?&;#]|%26|%3f)([^=&;#?\s"'<>]{1,200}?)(=|%3d)([^&;#\s"'<>]+)/gi;

/** Takes the values of secret parameters out of a text with URLs. */
export function redact(text: string): string {
  if (!/=|%3d/i.test(text)) return text;
  return text.replace(PARAMETER, (whole, before: string, name: string, is: string) =>
    SECRET.test(decoded(name)) ? `${before}${name}${is}[redacted]` : whole,
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

interface LogInfo {
  message: unknown;
  stack?: unknown;
}

interface LogFormat {
  transform(info: LogInfo, options?: unknown): unknown;
  readonly options?: unknown;
}

/**
 * Keeps tokens and codes out of Strapi's log, which has the URL of every request. The request itself
 * stays as it is, for the site's hooks, policies and overrides to read.
 */
export function redactLog(strapi: Strapi): void {
  const logger = strapi.log as unknown as { format: LogFormat };
  const original = logger.format;
  logger.format = {
    options: original.options,
    transform: (info, options) => original.transform(redacted(info), options),
  };
}

/** A copy, because an error that is logged may still be on its way to the client. */
function redacted(info: LogInfo): LogInfo {
  const { message, stack } = info;
  const copy = Object.create(
    Object.getPrototypeOf(info) as object,
    Object.getOwnPropertyDescriptors(info),
  ) as LogInfo;
  if (typeof message === 'string') copy.message = redact(message);
  if (typeof stack === 'string') copy.stack = redact(stack);
  return copy;
}

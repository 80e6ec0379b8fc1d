import type { Strapi } from '../strapi';

/** Parameters of any address that hold a token or a code of a login. */
const SECRET =
  /(?:^|\[)(?:access_token|id_token|refresh_token|code|code_verifier|client_secret)(?:\]|\[|$)/i;

/** The start of a parameter. An address within an address is encoded, once or more often. */
const NAME =
  /(?:[?&;#]|%(?:25)*(?:26|3f|3b|23))((?:(?!%(?:25)*(?:26|3f|3b|23|3d))[^=&;#?\s"'<>]){1,200})(?:=|%(?:25)*3d)/gi;

const VALUE = /[^&;#\s"'<>]+/y;

/** Takes the values of secret parameters out of a text with URLs. */
export function redact(text: string): string {
  let redacted = '';
  let copied = 0;
  for (const match of text.matchAll(NAME)) {
    const start = match.index + match[0].length;
    // Within the value of a parameter that was redacted already.
    if (match.index < copied || !SECRET.test(decoded(match[1] ?? ''))) continue;
    VALUE.lastIndex = start;
    const value = VALUE.exec(text)?.[0];
    if (value === undefined) continue;
    redacted += `${text.slice(copied, start)}[redacted]`;
    copied = start + value.length;
  }
  return redacted + text.slice(copied);
}

/** A name as code on the way may read it, which may decode it more than once. */
function decoded(name: string): string {
  let plain = name;
  for (let times = 0; times < 3 && plain.includes('%'); times += 1) {
    try {
      plain = decodeURIComponent(plain);
    } catch {
      break;
    }
  }
  return plain;
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

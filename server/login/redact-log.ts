import type { Strapi } from '../strapi';

const SECRET =
  /(?:^|\[)(?:access_token|id_token|refresh_token|code|code_verifier|client_secret)(?:\]|\[|$)/i;

/** The start of a parameter. A URL within a URL is encoded, once or more often. */
const NAME =
  /(?:[?&;#]|%(?:25)*(?:26|3f|3b|23))((?:(?!%(?:25)*(?:26|3f|3b|23|3d))[^=&;#?\s"'<>]){1,200})(?:=|%(?:25)*3d)/gi;

const VALUE = /[^&;#\s"'<>]+/y;

/** Removes the values of secret parameters from URLs in a text. */
export function redact(text: string): string {
  let redacted = '';
  let copied = 0;
  for (const match of text.matchAll(NAME)) {
    const start = match.index + match[0].length;
    // Inside a value that is redacted already.
    if (match.index < copied || !SECRET.test(decode(match[1] ?? ''))) continue;
    VALUE.lastIndex = start;
    const value = VALUE.exec(text)?.[0];
    if (value === undefined) continue;
    redacted += `${text.slice(copied, start)}[redacted]`;
    copied = start + value.length;
  }
  return redacted + text.slice(copied);
}

/** Decodes a name, which may be encoded more than once. */
function decode(name: string): string {
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

interface Logger {
  format: { transform(info: LogInfo, options?: unknown): unknown; readonly options?: unknown };
}

/** Keeps tokens and codes out of Strapi's log of URLs. The request itself stays, because code of the site reads it. */
export function redactLog(strapi: Strapi): void {
  const logger = strapi.log as unknown as Partial<Logger>;
  const original = logger.format;
  if (!original) {
    strapi.log.warn(
      '[cognito] the site has its own logger, so the plugin cannot hide tokens in logged URLs',
    );
    return;
  }
  logger.format = {
    options: original.options,
    transform(info, options) {
      const { message, stack } = info;
      // A copy, because an error in the log may be the response too.
      const copy = Object.create(
        Object.getPrototypeOf(info) as object,
        Object.getOwnPropertyDescriptors(info),
      ) as LogInfo;
      if (typeof message === 'string') copy.message = redact(message);
      if (typeof stack === 'string') copy.stack = redact(stack);
      return original.transform(copy, options);
    },
  };
}

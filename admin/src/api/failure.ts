import type { Text } from '../text';

/** The properties of the error that Strapi's fetch client throws. In Strapi 5, the status is on the error itself. */
interface FetchError {
  readonly status?: number;
  readonly response?: {
    readonly status?: number;
    readonly data?: {
      readonly error?: {
        readonly message?: unknown;
        readonly details?: { readonly errors?: unknown };
      };
    };
  };
}

const responseOf = (error: unknown) => {
  const { response, status } = (error ?? {}) as FetchError;
  return response && { data: response.data, status: response.status ?? status ?? 500 };
};

/** The failure of a request to Strapi, as a sentence. */
export function describeFailure(error: unknown, text: Text): string {
  const response = responseOf(error);
  if (!response) return text('failure.no-answer');
  const { status, data } = response;
  if (status === 401) return text('failure.signed-out');
  if (status === 403) return text('failure.forbidden');
  const said = data?.error?.message;
  if (status < 500 && typeof said === 'string' && said !== '') return said;
  return text('failure.server', { status });
}

/** The server's message about one setting. */
export interface ServerIssue {
  /** In English. */
  readonly message: string;
  readonly code: string | undefined;
}

/** The server's messages about settings: the first one for each, by the setting's key. */
export function issuesIn(error: unknown): Readonly<Record<string, ServerIssue>> {
  const errors = responseOf(error)?.data?.error?.details?.errors;
  const issues: Record<string, ServerIssue> = {};
  for (const each of Array.isArray(errors) ? (errors as unknown[]) : []) {
    const { path, message, code } = each as { path?: unknown; message?: unknown; code?: unknown };
    const key: unknown = Array.isArray(path) ? path[0] : path;
    if (typeof key !== 'string' || typeof message !== 'string') continue;
    issues[key] ??= { message, code: typeof code === 'string' ? code : undefined };
  }
  return issues;
}

import type { BrowserResponse } from './browser';
import type { Answer, Exchanged } from './site';

/** The statuses of CONTRACT.md, repeated here because the server has its own table. */
export const statusByCode = {
  invalid_request: 400,
  login_expired: 400,
  email_missing: 400,
  provider_disabled: 400,
  token_malformed: 401,
  token_signature: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_issuer: 401,
  token_audience: 401,
  token_use: 401,
  token_nonce: 401,
  reauthentication_required: 401,
  email_not_verified: 403,
  group_required: 403,
  registration_disabled: 403,
  registration_refused: 403,
  role_missing: 403,
  user_blocked: 403,
  email_taken: 409,
  identity_taken: 409,
  too_many_requests: 429,
  server_error: 500,
  cognito_refused: 502,
  login_in_progress: 503,
  not_configured: 503,
  cognito_unavailable: 503,
} as const;

export type Code = keyof typeof statusByCode;

/** Expects Strapi's error body with one of the stable codes, and nothing more. */
export function expectRefusal({ status, body }: Pick<Answer, 'status' | 'body'>, code: Code): void {
  expect({ status, body }).toEqual({
    status: statusByCode[code],
    body: {
      data: null,
      error: {
        status: statusByCode[code],
        name: expect.any(String) as string,
        message: expect.stringMatching(/\w/) as string,
        details: expect.objectContaining({ code }) as object,
      },
    },
  });
}

/** Expects a refusal as JSON, without a redirect or a cookie. Returns its message. */
export function expectRefusedHere(response: BrowserResponse, code: Code): string {
  expect(response.location).toBeUndefined();
  expect(response.headers['set-cookie'] ?? []).toEqual([]);
  expect(response.headers['cache-control']).toBe('no-store');
  const body = response.json<Exchanged>();
  expectRefusal({ status: response.status, body }, code);
  return body.error?.message ?? '';
}

/** Expects a Strapi JWT, and returns the body. */
export function expectLoggedIn({ status, body }: Answer): { jwt: string; user: { id: number } } {
  // Strapi 5 may add a refresh token.
  const { refreshToken = '', ...rest } = body;
  expect(refreshToken).toMatch(/^$|^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect({ status, body: rest }).toEqual({
    status: 200,
    body: {
      jwt: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      user: expect.objectContaining({ id: expect.any(Number) as number }) as object,
    },
  });
  return body as { jwt: string; user: { id: number } };
}

/** What Cognito's authorize endpoint may end with. @see https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
export const AUTHORIZE_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'unauthorized_client',
  'invalid_scope',
  'server_error',
  'login_required',
  'access_denied',
  'unsupported_response_type',
  'temporarily_unavailable',
  'consent_required',
  'interaction_required',
]);

// A server that has a user's Cognito access token calls Strapi's API with it, as that user.
// Needs `bearer.enabled`.
export async function callAsUser(api, path, accessToken) {
  const response = await fetch(`${api}${path}`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const body = await response.json();
  if (!response.ok)
    throw new Error(`${response.status} ${body.error.details.code ?? body.error.name}`);
  return body;
}

import type { CheckId, CheckResult, Outcome } from '../admin-contract';

/** What there is to say of a finding; `{name}` is filled in from its values, as in ICU messages. */
interface Sentences {
  readonly outcome: Outcome;
  readonly message: string;
  /** What to do; `null` where there is nothing. */
  readonly remedy: string | null;
}

const withOutcome =
  (outcome: Outcome) =>
  (message: string, remedy: string | null = null): Sentences => ({ outcome, message, remedy });
const pass = withOutcome('pass');
const warn = withOutcome('warn');
const fail = withOutcome('fail');
const skipped = withOutcome('skipped');

/** Where the provider's fields are, in the words of Strapi's admin panel. */
const PROVIDERS_PAGE = 'Settings → Users & Permissions plugin → Providers → cognito';
/** Where an app client's URLs and scopes are, in the words of the AWS console. */
const LOGIN_PAGES =
  'Amazon Cognito → your user pool → App clients → your app client → Login pages → Edit';

/**
 * Every finding of "Check connection", by its stable code. Codes begin with the check that finds them;
 * those of `skipped` and `failed` belong to any check.
 */
export const messages = {
  'server-url.good': pass('Strapi knows its public address: {url}'),
  'server-url.guessed': warn(
    'The setting "url" of config/server is empty, so Strapi takes its own address to be {url}. That works on this computer only.',
    'Before others log in, set "url" in config/server to the address that browsers use, such as https://api.example.com, and restart Strapi.',
  ),
  'server-url.missing': fail(
    'The setting "url" of config/server is empty, so Strapi takes its own address to be {url}, which browsers elsewhere cannot open.',
    'Set "url" in config/server to the address that browsers use, such as https://api.example.com, and restart Strapi.',
  ),
  'server-url.relative': fail(
    'The setting "url" of config/server is {given}, which is only a part of an address. Strapi makes {url} of it.',
    'Set "url" in config/server to the whole address that browsers use, beginning with https://, and restart Strapi.',
  ),
  'server-url.not-https': fail(
    'The setting "url" of config/server is {url}, without https. Cognito accepts http for http://localhost only.',
    'Put Strapi behind https, set "url" in config/server to the https:// address, and restart Strapi.',
  ),
  'server-url.not-localhost': warn(
    'The setting "url" of config/server is {url}. Of all http addresses, Cognito accepts http://localhost only.',
    'Write localhost for the host in "url" of config/server, and restart Strapi.',
  ),

  'app-keys.good': pass('Strapi has keys to sign the cookie of a login with.'),
  'app-keys.missing': fail(
    'The setting "app.keys" of config/server is missing or has an empty key: the cookie of a login cannot be signed, and every login fails.',
    'Put random keys into APP_KEYS of .env, set "app.keys" of config/server to env.array("APP_KEYS"), and restart Strapi.',
  ),
  'app-keys.example': warn(
    'The setting "app.keys" of config/server still has the keys of Strapi\'s example, which everybody knows.',
    'Put random keys of your own into APP_KEYS of .env, and restart Strapi.',
  ),
  'app-keys.no-session': warn(
    'The session middleware is missing. Cognito logins do not need it, but these providers that are switched on do: {providers}',
    'Add "strapi::session" to config/middlewares, and restart Strapi.',
  ),

  'cookies.good': pass('Cookies reach the browser as they should.'),
  'cookies.browser-https': fail(
    'You came here by https, but the setting "url" of config/server is {url}. The login would end without https, and its cookie could be read on the way.',
    'Set "url" in config/server to the https:// address that you opened, and restart Strapi.',
  ),
  'cookies.not-https': warn(
    'The setting "url" of config/server is {url}, but this request came without https. Browsers keep the cookie of a login only where they came by https.',
    'Open the admin panel at the https:// address and check again. If you did, make the proxy in front of Strapi send the header X-Forwarded-Proto.',
  ),
  'cookies.other-host': warn(
    'You came here by the host {host}, but the setting "url" of config/server is {url}. A login that begins at one host and ends at another loses its cookie.',
    'Begin logins at {url} too, or set "url" in config/server to the address that browsers use.',
  ),
  'cookies.proxy-off': warn(
    'There is a proxy in front of Strapi, and Strapi is not told to trust it: all visitors seem to have the address of the proxy, and share its rate limits.',
    'Set proxy: true in config/server, and restart Strapi.',
  ),
  'cookies.session-secure': warn(
    "Strapi's session cookie is for https only, and Strapi takes this connection for http. Cognito logins do not need that cookie, but these providers that are switched on do: {providers}",
    'Behind a proxy with https, set proxy: true in config/server. Without https, set the option "secure" of "strapi::session" in config/middlewares to false.',
  ),

  'provider.good': pass('The provider is switched on.'),
  'provider.off': fail(
    'The provider is switched off: nobody can log in with Cognito.',
    `Switch on "Enable" in ${PROVIDERS_PAGE}, and save.`,
  ),
  'provider.saved-unreadable': fail(
    "Settings that were saved on the plugin's page cannot be read, so nobody can log in: {problems}",
    "Open the plugin's page, and save these settings again.",
  ),

  'host-uri.good': pass('The domain of the user pool answers: {host}'),
  'host-uri.put-right': pass('"Host URI" is {given}. It was read as {host}, which answers.'),
  'host-uri.missing': fail(
    '"Host URI (Subdomain)" is empty: the domain of the user pool.',
    `Copy the domain from Amazon Cognito → your user pool → Domain into "Host URI (Subdomain)" of ${PROVIDERS_PAGE}, such as my-app.auth.eu-west-1.amazoncognito.com.`,
  ),
  'host-uri.malformed': fail(
    '"Host URI (Subdomain)" is {given}, which is no domain.',
    'Write the domain of the user pool alone, such as my-app.auth.eu-west-1.amazoncognito.com: one name, no path, no second https.',
  ),
  'host-uri.not-of-config': fail(
    'The client secret is set in config/plugins, and the Host URI {host} is not. The secret is not sent to a custom domain that anybody who edits the Providers page could have chosen.',
    'Set "connection.domain" of the plugin\'s config to the domain of the user pool, and restart Strapi.',
  ),
  'host-uri.loopback': fail(
    'The Host URI {host} is on this computer, but the setting "url" of config/server is not. That is for developing only.',
    'Copy the domain from Amazon Cognito → your user pool → Domain into "Host URI (Subdomain)".',
  ),
  'host-uri.private-address': warn(
    '{host} is in a private network. Strapi is public, and so this check does not ask there.',
    'Look which DNS server answers for that host. The domain of a user pool has public addresses.',
  ),
  'host-uri.unresolvable': fail(
    'There is no host of the name {host}.',
    'Compare "Host URI (Subdomain)" with Amazon Cognito → your user pool → Domain, letter by letter. A custom domain also needs its DNS record.',
  ),
  'host-uri.refused': fail(
    '{host} refuses the connection.',
    'Compare "Host URI (Subdomain)" with Amazon Cognito → your user pool → Domain. If it is right, look whether a firewall keeps Strapi from reaching it.',
  ),
  'host-uri.timeout': fail(
    '{host} did not answer within {timeout} ms.',
    'Look whether a firewall or a missing proxy ("globalProxy" of config/server) keeps Strapi from the internet. If Cognito is only slow, raise "http.timeout" of the plugin\'s config.',
  ),
  'host-uri.tls': fail(
    'No safe connection to {host}: its certificate is not accepted ({problem}).',
    'With a custom domain, look at its certificate in AWS Certificate Manager. If a proxy of your company opens https, give Node.js its certificate with NODE_EXTRA_CA_CERTS.',
  ),
  'host-uri.unreachable': fail(
    '{host} cannot be reached ({problem}).',
    'Look whether Strapi\'s computer reaches the internet, directly or by "globalProxy" of config/server.',
  ),
  'host-uri.failing': fail(
    '{host} answered with HTTP status {status}.',
    'Try again in a minute. If that stays, look at the state of Cognito at https://health.aws.amazon.com.',
  ),
  'host-uri.not-cognito': fail(
    '{host} answers, but not as the domain of a user pool does (HTTP status {status}).',
    'Copy the domain from Amazon Cognito → your user pool → Domain. It is neither the address of your site nor the one of the user pool (cognito-idp…).',
  ),

  'callback-url.good': pass('The callback URL is registered: {url}'),
  'callback-url.not-registered': fail(
    'The callback URL is not registered at the app client: Cognito would show a page that says redirect_mismatch.',
    `Add exactly {url} to "Allowed callback URLs" in ${LOGIN_PAGES}. Each letter counts: http or https, the port, no slash at the end.`,
  ),
  'callback-url.refused': fail(
    'Cognito refuses to begin a login with {error}.',
    `Look at the app client in ${LOGIN_PAGES}: the callback URL {url}, the grant type "Authorization code grant", the identity providers.`,
  ),

  'scopes.good': pass('The app client may use the scopes: {scopes}'),
  'scopes.not-allowed': fail(
    'The app client may not use these scopes: {refused}',
    `Tick them under "OpenID Connect scopes" in ${LOGIN_PAGES}, or leave them out of "connection.scope" of the plugin's config.`,
  ),
  'scopes.no-email': warn(
    'The scope email is not asked for: {scopes}. Cognito may give no email address, and then nobody can log in.',
    'Add "email" to "connection.scope" of the plugin\'s config.',
  ),

  'client.good': pass('Cognito accepts the client ID and the client secret.'),
  'client.good-public': pass('Cognito accepts the client ID, of a public client without a secret.'),
  'client.id-missing': fail(
    '"Client ID" is empty.',
    `Copy the client ID from Amazon Cognito → your user pool → App clients into "Client ID" of ${PROVIDERS_PAGE}.`,
  ),
  'client.unknown-id': fail(
    'This user pool has no app client with this client ID.',
    'Compare "Client ID" with Amazon Cognito → your user pool → App clients, and "Host URI (Subdomain)" with the domain of that same user pool.',
  ),
  'client.secret-wrong': fail(
    'Cognito does not accept the client secret.',
    'Copy the client secret of this app client from Amazon Cognito → your user pool → App clients once more, without a space before or behind.',
  ),
  'client.secret-missing': fail(
    'The app client has a client secret, and "Client Secret" is empty.',
    `Copy the client secret from Amazon Cognito → your user pool → App clients into "Client Secret" of ${PROVIDERS_PAGE}.`,
  ),
  'client.secret-superfluous': fail(
    'The app client is a public one without a secret, and "Client Secret" is filled in.',
    `Empty "Client Secret" of ${PROVIDERS_PAGE}, or set "connection.clientSecret" of the plugin's config to null.`,
  ),
  'client.code-grant-off': fail(
    'The app client may not use the authorization code grant (unauthorized_client).',
    `Choose "Authorization code grant" under "OAuth grant types" in ${LOGIN_PAGES}.`,
  ),
  'client.refused': fail(
    'Cognito refuses the app client with {error}.',
    'Compare "Client ID" and "Client Secret" with Amazon Cognito → your user pool → App clients.',
  ),
  'client.no-answer': fail(
    'The token endpoint of {host} did not answer as it should ({problem}).',
    'Try again in a minute. If that stays, look whether a proxy or firewall changes or blocks POST requests to {host}.',
  ),

  'issuer.good': pass('The user pool is known: {issuer}'),
  'issuer.learned': pass('The user pool was learned at a login: {issuer}'),
  'issuer.not-yet': pass(
    'The user pool will be learned at the first login in a browser.',
    'If apps are to bring tokens before that, set "connection.userPoolId" of the plugin\'s config to the user pool ID.',
  ),
  'issuer.malformed': fail(
    '"JWKS URL" is {given}, which is no https address that ends in /.well-known/jwks.json.',
    `Empty "JWKS URL" of ${PROVIDERS_PAGE}: it is not needed.`,
  ),
  'issuer.loopback': fail(
    '"JWKS URL" is {given}, on this computer, but the setting "url" of config/server is not. That is for developing only.',
    `Empty "JWKS URL" of ${PROVIDERS_PAGE}: it is not needed.`,
  ),
  'issuer.other-region': fail(
    'The user pool {issuer} is in the region {region}, but the Host URI {host} is in {hostRegion}: they cannot belong together.',
    'Take the user pool ID ("connection.userPoolId", or the JWKS URL) and the Host URI from the same user pool.',
  ),
  'issuer.other-pool': fail(
    'The user pool {issuer} has the domain {domain}, but the Host URI is {host}: its tokens would be refused.',
    'Take the user pool ID ("connection.userPoolId", or the JWKS URL) and the Host URI from the same user pool.',
  ),
  'issuer.moved': fail(
    'The user pool that was learned at a login, {issuer}, no longer has the domain {host}: logins are refused.',
    'Forget the learned user pool on the plugin\'s page, so that the next login learns it again, or set "connection.userPoolId" of the plugin\'s config.',
  ),

  'jwks.good': pass('The keys of the user pool are there: {count} at {url}'),
  'jwks.unreachable': fail(
    'The keys of the user pool cannot be fetched from {url} ({problem}).',
    "Look whether Strapi's computer reaches that address: it is another host than the Host URI. If the JWKS URL was set by hand, empty it or compare it.",
  ),
  'jwks.no-pool': fail(
    'There are no keys at {url} (HTTP status {status}): there is no such user pool.',
    'Compare the user pool ID or the JWKS URL with Amazon Cognito → your user pool → Overview.',
  ),
  'jwks.no-keys': fail(
    'There is no key at {url} that can check a token: an RSA key for RS256 of 2048 bits or more.',
    'Look whether this is the JWKS URL of the user pool ("Token signing key URL" in its overview).',
  ),
  'jwks.private-address': warn(
    'The host of {url} is in a private network. Strapi is public, and so this check does not ask there.',
    'If you use a VPC endpoint for Cognito, all is well. If not, look which DNS server answers for that host, and whether the user pool ID is right.',
  ),

  'clock.good': pass('The clocks of Strapi and Cognito agree.'),
  'clock.behind': fail(
    "The clock of Strapi's computer is {seconds} seconds behind Cognito's; {tolerance} are tolerated. Fresh tokens look as if they came from the future, and logins fail.",
    'Set the clock right (NTP). As a stopgap, raise "tokens.clockTolerance" of the plugin\'s config.',
  ),
  'clock.ahead': warn(
    "The clock of Strapi's computer is {seconds} seconds ahead of Cognito's; {tolerance} are tolerated. Tokens expire too early here.",
    'Set the clock right (NTP).',
  ),
  'clock.unknown': skipped('Not checked: the answer of {host} does not say what time it is there.'),

  'front-end.good': pass('After a login the browser goes to {url}'),
  'front-end.strapi-itself': warn(
    'After a login the browser goes to {url}, which is Strapi itself and shows data, not a page. That is enough to try it.',
    `As soon as there is a front-end, put the address of its page into "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}.`,
  ),
  'front-end.missing': fail(
    'The redirect URL to the front-end is empty: after a login the browser has nowhere to go.',
    `Put the address of the page that ends the login into "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}, such as https://www.example.com/connect/cognito/redirect.`,
  ),
  'front-end.unusable': fail(
    'The redirect URL to the front-end, {given}, is not an address that a browser may be sent to.',
    `Write a whole address in "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}, such as https://www.example.com/connect/cognito/redirect.`,
  ),
  'front-end.reserved-parameter': fail(
    'The redirect URL to the front-end has the parameter {parameter}, which a login adds itself.',
    `Take {parameter} out of "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}.`,
  ),
  'front-end.loop': fail(
    'The redirect URL to the front-end, {url}, is where Cognito sends the browser to: the login would never end.',
    `Put the address of your front-end into "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}. Strapi's own callback URL belongs into Cognito, not here.`,
  ),
  'front-end.not-https': fail(
    'The front-end, {url}, is without https: whoever listens on the way could log in as the user.',
    'Serve the front-end by https, and write https:// in the redirect URL.',
  ),
  'front-end.localhost': warn(
    "After a login the browser goes to {url}, on the visitor's own computer, but Strapi is public.",
    `For all but a developer, put the public address of the front-end into "The redirect URL to your front-end app" of ${PROVIDERS_PAGE}.`,
  ),
  'front-end.not-validated': warn(
    'The function "callback.validate" of users-permissions refuses {url}: a login that asks for it with ?callback= fails.',
    'Let "callback.validate" in config/plugins under users-permissions accept this address.',
  ),

  'permissions.good': pass('Everybody may begin and end a login.'),
  'permissions.missing': fail(
    'Visitors who are not logged in may not use these actions of "Auth", so a login ends with 403 Forbidden: {actions}',
    'Tick them in Settings → Users & Permissions plugin → Roles → Public → Users-permissions → Auth, and save.',
  ),

  'registration.good': pass('Newcomers get an account with the role {role}.'),
  'registration.off': warn(
    'Newcomers are refused with registration_disabled; people who have an account can log in. Strapi itself calls this "Register action is actually not available."',
    'If newcomers are welcome, switch on "Enable sign-ups" in Settings → Users & Permissions plugin → Advanced settings.',
  ),
  'registration.no-role': fail(
    'Newcomers are to get the role {role}, which does not exist: they cannot log in.',
    'Choose a role under "Default role for authenticated users" in Settings → Users & Permissions plugin → Advanced settings.',
  ),
  'registration.emails-shared': warn(
    'Several accounts may have the same email address: somebody who has one already gets a second one at the first Cognito login.',
    'Switch on "One account per email address" in Settings → Users & Permissions plugin → Advanced settings.',
  ),

  'roles.good': pass('All roles for Cognito groups exist.'),
  'roles.none': pass('Cognito groups decide about no role.'),
  'roles.missing': fail(
    'Cognito groups lead to these roles, which do not exist: {roles}. Members of those groups cannot log in.',
    'Correct the roles on the plugin\'s page or in "users.roles" of its config: it is the type of a role, such as authenticated.',
  ),
  'roles.users-without': warn(
    'Users of provider cognito without a role: {count}. They are refused with role_missing.',
    'Give them a role in the Content Manager, under User. A role that Cognito groups lead to is given at the next login.',
  ),

  'attributes.good': pass('All fields for Cognito attributes exist.'),
  'attributes.none': pass('No Cognito attribute is copied into a field of the user.'),
  'attributes.missing': fail(
    'Cognito attributes are to fill these fields, which the user does not have: {fields}',
    'Correct them on the plugin\'s page or in "users.attributes" of its config, or add the fields to User in the Content-Type Builder.',
  ),
  'attributes.unusable': fail(
    'Cognito attributes may not or cannot fill these fields: {fields}',
    'Choose other fields on the plugin\'s page or in "users.attributes" of its config: none that Strapi itself needs, and none of relations, media or JSON.',
  ),

  'handoff.good': pass('The front-end gets a one-time code, good for {ttl} seconds.'),
  'handoff.tokens': warn(
    'The front-end gets Cognito\'s tokens in its URL, where histories and logs keep them ("handoff.mode" is "tokens").',
    'Change the front-end to exchange a one-time code, then set "handoff.mode" of the plugin\'s config to "code".',
  ),

  'skipped.server-url': skipped("Not checked: Strapi's own address must be right first."),
  'skipped.host-uri': skipped('Not checked: the Host URI must be right first.'),
  'skipped.client': skipped('Not checked: the app client must be right first.'),
  'skipped.callback-url': skipped('Not checked: the callback URL must be right first.'),
  'skipped.scopes': skipped('Not checked: the scopes must be right first.'),
  'skipped.provider': skipped(
    "Not checked: what was saved on the plugin's page must be readable first.",
  ),
  'skipped.issuer-not-yet': skipped(
    'Not checked: the user pool is not known before the first login.',
  ),
  'skipped.issuer': skipped('Not checked: the user pool must be right first.'),

  failed: fail(
    'The check itself failed.',
    "Look into Strapi's log for what went wrong, and check again.",
  ),
} as const satisfies Record<`${CheckId}.${string}` | `skipped.${string}` | 'failed', Sentences>;

/** The code of a finding. */
type Code = keyof typeof messages;

/** What the sentences of a finding are filled in with. */
type Values = Readonly<Record<string, string | number>>;

/** The result of a check. */
export interface Finding {
  readonly code: Code;
  readonly values: Values;
}

/** A finding without its text: {@link toCheckResult} adds that. */
export function finding(code: Code, values: Values = {}): Finding {
  return { code, values };
}

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );

/** A finding in English. */
export function toCheckResult(id: CheckId, { code, values }: Finding): CheckResult {
  const { outcome, message, remedy }: Sentences = messages[code];
  return {
    id,
    outcome,
    code,
    values,
    message: fill(message, values),
    remedy: remedy === null ? null : fill(remedy, values),
  };
}

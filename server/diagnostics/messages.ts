import type { CheckId, CheckResult, Outcome } from '../admin-contract';

/** The text of a finding. `{name}` is replaced by one of its values, as in ICU messages. */
interface Sentences {
  readonly outcome: Outcome;
  readonly message: string;
  /** How to fix it; `null` if there is nothing to fix. */
  readonly remedy: string | null;
}

/** A finding from its text: the message, and on the next line the remedy, if there is one. */
const withOutcome =
  (outcome: Outcome) =>
  (text: TemplateStringsArray, ...names: readonly string[]): Sentences => {
    const [message = '', remedy = null] = String.raw({ raw: text }, ...names).split(/\n\s*/);
    return { outcome, message, remedy };
  };
const pass = withOutcome('pass');
const warn = withOutcome('warn');
const fail = withOutcome('fail');
const skipped = withOutcome('skipped');

/** Where the fields of the connection are, in the words of Strapi's admin panel. */
const PLUGIN_PAGE = 'Settings → Users & Permissions plugin → AWS Cognito';
/** Where an app client's URLs and scopes are, in the words of the AWS console. */
const LOGIN_PAGES =
  'Amazon Cognito → your user pool → App clients → your app client → Login pages → Edit';

/** Every finding of "Check connection", by its stable code. `skipped` and `failed` belong to any check. */
export const messages = {
  'server-url.good': pass`Strapi knows its public address: {url}`,
  'server-url.guessed': warn`The setting "url" of config/server is empty, so Strapi uses {url} as its own address. That works on this computer only.
    Before others log in, set "url" in config/server to the address that browsers use, such as https://api.example.com, and restart Strapi.`,
  'server-url.missing': fail`The setting "url" of config/server is empty, so Strapi uses {url} as its own address, which other computers cannot open.
    Set "url" in config/server to the address that browsers use, such as https://api.example.com, and restart Strapi.`,
  'server-url.relative': fail`The setting "url" of config/server is {given}, which is only a part of an address. Strapi turns it into {url}.
    Set "url" in config/server to the complete address that browsers use, starting with https://, and restart Strapi.`,
  'server-url.not-https': fail`The setting "url" of config/server is {url}, without https. Over http, Cognito accepts only http://localhost.
    Put Strapi behind https, set "url" in config/server to the https:// address, and restart Strapi.`,
  'server-url.not-localhost': warn`The setting "url" of config/server is {url}. Over http, Cognito accepts only http://localhost.
    Use localhost as the host in "url" of config/server, and restart Strapi.`,

  'app-keys.good': pass`Strapi has keys to sign the login cookie.`,
  'app-keys.missing': fail`The setting "app.keys" of config/server is missing or has an empty key: the login cookie cannot be signed, and every login fails.
    Put random keys into APP_KEYS of .env, set "app.keys" of config/server to env.array("APP_KEYS"), and restart Strapi.`,
  'app-keys.example': warn`The setting "app.keys" of config/server still has the keys of Strapi's example, which are public.
    Put random keys of your own into APP_KEYS of .env, and restart Strapi.`,
  'app-keys.no-session': warn`The session middleware is missing. Cognito logins do not need it, but these enabled providers do: {providers}
    Add "strapi::session" to config/middlewares, and restart Strapi.`,

  'cookies.good': pass`The login cookie reaches the browser.`,
  'cookies.browser-https': fail`You opened the admin panel over https, but the setting "url" of config/server is {url}. The login would end without https, where others can read its cookie.
    Set "url" in config/server to the https:// address that you opened, and restart Strapi.`,
  'cookies.not-https': warn`The setting "url" of config/server is {url}, but this request came without https. Browsers store the login cookie only over https.
    Open the admin panel at the https:// address and check again. If you already use it, make the proxy in front of Strapi send the header X-Forwarded-Proto.`,
  'cookies.other-host': warn`You opened the admin panel at the host {host}, but the setting "url" of config/server is {url}. A login that starts at one host and ends at another one loses its cookie.
    Start logins at {url} too, or set "url" in config/server to the address that browsers use.`,
  'cookies.proxy-off': warn`There is a proxy in front of Strapi, but Strapi does not trust it: all visitors seem to have the IP address of the proxy, and share its rate limit.
    Set proxy: true (on Strapi 5, proxy.koa: true) in config/server, and restart Strapi.`,
  'cookies.session-secure': warn`Strapi's session cookie needs https, but Strapi sees this connection as http. Cognito logins do not need that cookie, but these enabled providers do: {providers}
    Behind a proxy with https, set proxy: true (on Strapi 5, proxy.koa: true) in config/server. Without https, set the option "secure" of "strapi::session" in config/middlewares to false.`,

  'provider.good': pass`The provider is switched on.`,
  'provider.off': fail`The provider is switched off, so no user can log in with Cognito.
    Turn on "Enable" in ${PLUGIN_PAGE}, and save.`,
  'provider.saved-unreadable': fail`Settings that were saved on the plugin's page cannot be read, so no user can log in: {problems}
    Open the plugin's page, and save these settings again.`,

  'host-uri.good': pass`The domain of the user pool responds: {host}`,
  'host-uri.put-right': pass`"Host URI" is {given}. It was read as {host}, which responds.`,
  'host-uri.missing': fail`"Host URI (Subdomain)" is empty. It must be the domain of the user pool.
    Copy the domain from Amazon Cognito → your user pool → Branding → Domain into "Host URI (Subdomain)" in ${PLUGIN_PAGE}, such as my-app.auth.eu-west-1.amazoncognito.com.`,
  'host-uri.malformed': fail`"Host URI (Subdomain)" is {given}, which is not a valid domain.
    Enter only the domain of the user pool, such as my-app.auth.eu-west-1.amazoncognito.com, without a path.`,
  'host-uri.not-of-config': fail`The client secret is set in config/plugins, but the Host URI {host} is not. The secret is not sent to a custom domain that an admin can change in the admin panel.
    Set "connection.domain" of the plugin's config to the domain of the user pool, and restart Strapi.`,
  'host-uri.loopback': fail`The Host URI {host} is on this computer, but the setting "url" of config/server is not. That is for development only.
    Copy the domain from Amazon Cognito → your user pool → Branding → Domain into "Host URI (Subdomain)".`,
  'host-uri.private-address': warn`{host} is in a private network. Strapi is public, so this check does not call it.
    Check the DNS records of that host. The domain of a user pool has public addresses.`,
  'host-uri.unresolvable': fail`The host {host} does not exist.
    Compare "Host URI (Subdomain)" with Amazon Cognito → your user pool → Branding → Domain, character by character. A custom domain also needs its DNS record.`,
  'host-uri.refused': fail`{host} refuses the connection.
    Compare "Host URI (Subdomain)" with Amazon Cognito → your user pool → Branding → Domain. If it is right, check that no firewall blocks the connection.`,
  'host-uri.timeout': fail`{host} did not answer within {timeout} ms.
    Check that Strapi can reach the internet: a firewall may block it, or a proxy may be missing ("globalProxy", on Strapi 5 "proxy.global", of config/server). If Cognito is only slow, raise "http.timeout" of the plugin's config.`,
  'host-uri.tls': fail`No secure connection to {host}: its certificate is not accepted ({problem}).
    For a custom domain, check its certificate in AWS Certificate Manager. If a proxy of your company decrypts https, give its certificate to Node.js with NODE_EXTRA_CA_CERTS.`,
  'host-uri.unreachable': fail`{host} cannot be reached ({problem}).
    Check that Strapi can reach the internet, directly or through "globalProxy" (on Strapi 5, "proxy.global") of config/server.`,
  'host-uri.failing': fail`{host} responded with HTTP status {status}.
    Try again in a minute. If the problem persists, check the state of Cognito at https://health.aws.amazon.com.`,
  'host-uri.not-cognito': fail`{host} responds, but not like the domain of a user pool (HTTP status {status}).
    Copy the domain from Amazon Cognito → your user pool → Branding → Domain. It is neither the address of your site nor that of the user pool (cognito-idp…).`,

  'callback-url.good': pass`The callback URL is registered: {url}`,
  'callback-url.not-registered': fail`The callback URL is not registered at the app client: Cognito would show a page that says redirect_mismatch.
    Add exactly {url} to "Allowed callback URLs" in ${LOGIN_PAGES}. It must match exactly: http or https, the port, no slash at the end.`,
  'callback-url.refused': fail`Cognito refuses to start a login: {error}.
    Check the app client in ${LOGIN_PAGES}: the callback URL {url}, the grant type "Authorization code grant", the identity providers.`,

  'scopes.good': pass`The app client may use the scopes: {scopes}`,
  'scopes.not-allowed': fail`The app client may not use these scopes: {refused}
    Select them under "OpenID Connect scopes" in ${LOGIN_PAGES}, or remove them from "connection.scope" of the plugin's config.`,
  'scopes.no-email': warn`The scope email is missing: {scopes}. Without an email address from Cognito, users cannot log in.
    Add "email" to "connection.scope" of the plugin's config.`,

  'client.good': pass`Cognito accepts the client ID and the client secret.`,
  'client.good-public': pass`Cognito accepts the client ID. The client is public, without a secret.`,
  'client.id-missing': fail`"Client ID" is empty.
    Copy the client ID from Amazon Cognito → your user pool → App clients into "Client ID" in ${PLUGIN_PAGE}.`,
  'client.unknown-id': fail`This user pool has no app client with this client ID.
    Compare "Client ID" with Amazon Cognito → your user pool → App clients, and "Host URI (Subdomain)" with the domain of that same user pool.`,
  'client.secret-wrong': fail`Cognito does not accept the client secret.
    Copy the client secret of this app client from Amazon Cognito → your user pool → App clients once more, without spaces before or after it.`,
  'client.secret-missing': fail`The app client has a client secret, and "Client Secret" is empty.
    Copy the client secret from Amazon Cognito → your user pool → App clients into "Client Secret" in ${PLUGIN_PAGE}.`,
  'client.secret-superfluous': fail`The app client is public and has no secret, but "Client Secret" is filled in.
    Remove "Client Secret" in ${PLUGIN_PAGE}, or set "connection.clientSecret" of the plugin's config to null.`,
  'client.code-grant-off': fail`The app client may not use the authorization code grant (unauthorized_client).
    Choose "Authorization code grant" under "OAuth 2.0 grant types" in ${LOGIN_PAGES}.`,
  'client.refused': fail`Cognito refuses the app client: {error}.
    Compare "Client ID" and "Client Secret" with Amazon Cognito → your user pool → App clients.`,
  'client.no-answer': fail`The token endpoint of {host} did not respond as expected ({problem}).
    Try again in a minute. If the problem persists, check that no proxy or firewall changes or blocks POST requests to {host}.`,

  'issuer.good': pass`The user pool is known: {issuer}`,
  'issuer.learned': pass`The user pool was detected at a login: {issuer}`,
  'issuer.not-yet': pass`The user pool will be detected at the first login in a browser.
    If your front-end gets tokens from Cognito itself, enter the user pool ID on the plugin's page now.`,
  'issuer.malformed': fail`The JWKS URL is {given}, which is not an https address that ends in /.well-known/jwks.json.
    Clear "User pool ID" in ${PLUGIN_PAGE}. It is optional.`,
  'issuer.loopback': fail`The JWKS URL is {given}, on this computer, but the setting "url" of config/server is not. That is for development only.
    Clear "User pool ID" in ${PLUGIN_PAGE}. It is optional.`,
  'issuer.other-region': fail`The user pool {issuer} is in the region {region}, but the Host URI {host} is in {hostRegion}, so they do not belong together.
    Use the user pool ID and the Host URI of the same user pool.`,
  'issuer.other-pool': fail`The user pool {issuer} has the domain {domain}, but the Host URI is {host}, so its tokens would be refused.
    Use the user pool ID and the Host URI of the same user pool.`,
  'issuer.moved': fail`The user pool that was detected at a login, {issuer}, no longer has the domain {host}, so logins are refused.
    Choose "Forget" on the plugin's page, and the next login detects it again. Or enter the user pool ID there.`,

  'jwks.good': pass`The user pool has {count} keys at {url}`,
  'jwks.unreachable': fail`The keys of the user pool cannot be fetched from {url} ({problem}).
    Check that Strapi can reach that address, which is another host than the Host URI. If you have set the JWKS URL, clear it or correct it.`,
  'jwks.no-pool': fail`There are no keys at {url} (HTTP status {status}): the user pool does not exist.
    Compare the user pool ID or the JWKS URL with Amazon Cognito → your user pool → Overview.`,
  'jwks.no-keys': fail`There is no key at {url} that can verify a token: an RSA key for RS256 with 2048 bits or more.
    Check that this is the JWKS URL of the user pool ("Token signing key URL" in its overview).`,
  'jwks.private-address': warn`The host of {url} is in a private network. Strapi is public, so this check does not call it.
    If you use a VPC endpoint for Cognito, this is fine. Otherwise check the DNS records of that host, and the user pool ID.`,

  'clock.good': pass`The clocks of Strapi and Cognito agree.`,
  'clock.behind': fail`Strapi's clock is {seconds} seconds behind Cognito's; {tolerance} are tolerated. New tokens seem to come from the future, and logins fail.
    Synchronize the clock (NTP). As a workaround, raise "tokens.clockTolerance" of the plugin's config.`,
  'clock.ahead': warn`Strapi's clock is {seconds} seconds ahead of Cognito's; {tolerance} are tolerated. Tokens expire too early.
    Synchronize the clock (NTP).`,
  'clock.unknown': skipped`Not checked: the response of {host} has no time.`,

  'front-end.good': pass`After a login the browser goes to {url}`,
  'front-end.strapi-itself': warn`After a login the browser goes to {url}, which is Strapi itself and shows JSON instead of a page. That is enough for a test.
    Once you have a front-end, enter the address of its page in "The redirect URL to your front-end app" in ${PLUGIN_PAGE}.`,
  'front-end.missing': fail`The redirect URL to the front-end is empty, so the browser cannot be redirected after a login.
    Enter the address of the page that completes the login in "The redirect URL to your front-end app" in ${PLUGIN_PAGE}, such as https://www.example.com/connect/cognito/redirect.`,
  'front-end.unusable': fail`The redirect URL to the front-end, {given}, is not a valid address for a redirect.
    Enter a complete address in "The redirect URL to your front-end app" in ${PLUGIN_PAGE}, such as https://www.example.com/connect/cognito/redirect.`,
  'front-end.reserved-parameter': fail`The redirect URL to the front-end has the parameter {parameter}, which a login adds itself.
    Remove {parameter} from "The redirect URL to your front-end app" in ${PLUGIN_PAGE}.`,
  'front-end.loop': fail`The redirect URL to the front-end, {url}, is the callback URL of Strapi: the login would never end.
    Enter the address of your front-end in "The redirect URL to your front-end app" in ${PLUGIN_PAGE}. Strapi's callback URL belongs in Cognito, not here.`,
  'front-end.not-https': fail`The front-end, {url}, is not https: others in the network could log in as the user.
    Serve the front-end over https, and use https:// in the redirect URL.`,
  'front-end.localhost': warn`After a login the browser goes to {url}, on the visitor's computer, but Strapi is public.
    Unless you are developing, enter the public address of the front-end in "The redirect URL to your front-end app" in ${PLUGIN_PAGE}.`,
  'front-end.not-validated': warn`The function "callback.validate" of users-permissions refuses {url}: a login with this ?callback= fails.
    Let "callback.validate" in config/plugins under users-permissions accept this address.`,

  'permissions.good': pass`Visitors may start and complete a login.`,
  'permissions.missing': fail`Visitors who are not logged in lack the permission for these actions of "Auth", so a login ends with 403 Forbidden: {actions}
    Select them in Settings → Users & Permissions plugin → Roles → Public → Users-permissions → Auth, and save.`,

  'registration.good': pass`New users get an account with the role {role}.`,
  'registration.off': warn`New users are refused with registration_disabled; users with an account can log in. Strapi's own message for this is "Register action is actually not available."
    To accept new users, turn on "Enable sign-ups" in Settings → Users & Permissions plugin → Advanced settings.`,
  'registration.no-role': fail`New users would get the role {role}, which does not exist, so they cannot log in.
    Choose a role under "Default role for authenticated users" in Settings → Users & Permissions plugin → Advanced settings.`,
  'registration.emails-shared': warn`Several accounts may have the same email address: a second Cognito account with the same address gets a separate user.
    Turn on "One account per email address" in Settings → Users & Permissions plugin → Advanced settings.`,

  'roles.good': pass`All roles for Cognito groups exist.`,
  'roles.none': pass`No Cognito groups are mapped to roles.`,
  'roles.missing': fail`Cognito groups are mapped to these roles, which do not exist: {roles}. Users in those groups cannot log in.
    Correct the roles on the plugin's page or in "users.roles" of its config: use the type of a role, such as authenticated.`,
  'roles.users-without': warn`Users of provider cognito without a role: {count}. They are refused with role_missing.
    Give them a role in the Content Manager, under User. A role that Cognito groups are mapped to is assigned at the next login.`,

  'attributes.good': pass`All fields for Cognito attributes exist.`,
  'attributes.none': pass`No Cognito attribute is copied into a field of the user.`,
  'attributes.missing': fail`These fields are mapped but do not exist on the user: {fields}
    Correct them on the plugin's page or in "users.attributes" of its config, or add the fields to User in the Content-Type Builder.`,
  'attributes.unusable': fail`These fields are mapped but cannot be filled by Cognito attributes: {fields}
    Choose other fields on the plugin's page or in "users.attributes" of its config: not one that Strapi itself uses, and not a relation, media or JSON.`,

  'handoff.good': pass`The front-end gets a one-time code that is valid for {ttl} seconds.`,
  'handoff.tokens': warn`The front-end's URL contains Cognito's tokens, which end up in browser histories and logs ("handoff.mode" is "tokens").
    Change the front-end to exchange a one-time code, then set "handoff.mode" of the plugin's config to "code".`,

  'skipped.server-url': skipped`Not checked: Strapi's own address must be correct first.`,
  'skipped.host-uri': skipped`Not checked: the Host URI must be correct first.`,
  'skipped.client': skipped`Not checked: the app client must be correct first.`,
  'skipped.callback-url': skipped`Not checked: the callback URL must be correct first.`,
  'skipped.scopes': skipped`Not checked: the scopes must be correct first.`,
  'skipped.provider': skipped`Not checked: the settings saved on the plugin's page must be readable first.`,
  'skipped.issuer': skipped`Not checked: the user pool must be correct first.`,
  'skipped.issuer-not-yet': skipped`Not checked: the user pool is not known before the first login.`,

  failed: fail`The check itself failed.
    See Strapi's log for the error, and check again.`,
} as const satisfies Record<`${CheckId}.${string}` | `skipped.${string}` | 'failed', Sentences>;

type Code = keyof typeof messages;

type Values = Readonly<Record<string, string | number>>;

/** The result of a check. */
export interface Finding {
  readonly code: Code;
  readonly values: Values;
}

/** A finding without its text: {@link toCheckResult} adds that. */
export const finding = (code: Code, values: Values = {}): Finding => ({ code, values });

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

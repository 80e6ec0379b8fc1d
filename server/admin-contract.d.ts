/**
 * What the admin page sends to the server, and what it responds. All routes are under `/cognito` of Strapi's admin
 * API. Each needs an {@link Action}, except `PUT /cognito/connection`. Declarations only: neither build emits it.
 */

/** The permissions of the plugin in Strapi's roles page. */
export type Action =
  | 'plugin::cognito.settings.read'
  | 'plugin::cognito.settings.update'
  | 'plugin::cognito.identities.read'
  | 'plugin::cognito.identities.unlink';

/** Where a value that applies comes from, weakest first. */
export type Source =
  | 'default'
  /** Read from an id_token of the Host URI's token endpoint. */
  | 'learned'
  /** The row `cognito` of the Providers page. */
  | 'providers-page'
  /** Saved by an admin on the plugin's own page. */
  | 'saved'
  /** `config/plugins`, or `config/env/<NODE_ENV>/plugins`. */
  | 'config';

/** A value, where it comes from, and whether the page may change it. */
export interface EffectiveValue<T> {
  readonly value: T;
  readonly source: Source;
  /** Set in a config file: the page shows it and cannot change it. */
  readonly locked: boolean;
}

/** The part of the settings that an admin edits on the plugin's page. */
export interface AccountSettings {
  readonly linking: 'never' | 'explicit' | 'verified-email';
  readonly requireVerifiedEmail: boolean;
  readonly requiredGroups: readonly string[];
  /** The first match in this order decides. */
  readonly roles: readonly { readonly group: string; readonly role: string }[];
  readonly attributes: readonly { readonly claim: string; readonly field: string }[];
  /** Claim names. The first that the token has becomes the username. */
  readonly username: readonly string[];
  readonly syncOnLogin: boolean;
}

/**
 * `GET /cognito/settings` (settings.read). `PUT /cognito/settings` and `DELETE /cognito/issuer`
 * (settings.update) return it too, to admins who may read it. Others get 204.
 */
export interface SettingsView {
  readonly enabled: boolean;
  /** What prevents logins. */
  readonly problems: readonly SettingsProblem[];
  /** Whether a user has a Cognito account, so that logins have worked before. */
  readonly everUsed: boolean;
  readonly connection: {
    /** `null` also for the example that users-permissions fills in. */
    readonly domain: EffectiveValue<string | null>;
    readonly clientId: EffectiveValue<string | null>;
    /** Never the secret itself. */
    readonly clientSecret: EffectiveValue<'set' | 'not-set'>;
    /** The ID of the user pool; otherwise the URL of its keys. */
    readonly userPool: EffectiveValue<string | null>;
    /** `null` also for the URL of Strapi itself that users-permissions fills in. */
    readonly callback: EffectiveValue<string | null>;
    readonly scope: EffectiveValue<readonly string[]>;
  };
  /** To enter in Cognito, unchanged. */
  readonly urls: {
    /** Allowed callback URL of the app client. */
    readonly callback: string;
    /** Allowed sign-out URLs of the app client: `logout.redirects`. */
    readonly signOut: readonly string[];
  };
  /** `null` while it is not known. */
  readonly issuer: {
    readonly canonical: string;
    readonly accepted: readonly string[];
    readonly jwksUrl: string;
    readonly source: Source;
  } | null;
  readonly accounts: {
    readonly [Key in keyof AccountSettings]: EffectiveValue<AccountSettings[Key]>;
  };
  /** What applies if nothing is saved. */
  readonly defaults: AccountSettings;
  /** Functions of `config/plugins` that also decide: `resolveRole`, `mapProfile`, `beforeCreate`. */
  readonly functions: readonly string[];
  /** Roles of users-permissions to choose from. */
  readonly roles: readonly { readonly type: string; readonly name: string }[];
  /** Fields of the user content type that a claim may fill. */
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/**
 * Body of `PUT /cognito/settings`: only what changes. `null` deletes the saved value, and the default applies again.
 * A locked key is 400, as is a wrong value: `error.details.errors` names each as `{ path: [key], message }`. `roles`
 * also needs `plugin::users-permissions.roles.update`: otherwise 403.
 */
export type SettingsChange = {
  readonly [Key in keyof AccountSettings]?: AccountSettings[Key] | null;
};

/** A mistake that prevents logins. The code begins with the name of the field in {@link ConnectionChange}. */
export interface SettingsProblem {
  readonly code:
    | 'clientId.missing'
    | 'domain.missing'
    | 'domain.invalid'
    | 'domain.loopback'
    /** A secret from a config file is sent to a custom domain only if the domain comes from a config file too. */
    | 'domain.secret'
    | 'callback.missing'
    | 'callback.invalid'
    | 'userPool.invalid'
    | 'userPool.loopback'
    /** What was saved for accounts cannot be read. */
    | 'saved';
  /** In English. */
  readonly message: string;
}

/**
 * Body of `PUT /cognito/connection`: what changes in the row `cognito` of the Providers page. It needs
 * `plugin::users-permissions.providers.update`, as that page does. 400 if a key is unknown, locked or wrong, or if
 * the provider would be enabled without what it needs: `error.details.errors` names each as
 * `{ path: [key], message, code }`, and nothing is saved. It returns what `GET /cognito/settings` does, to admins
 * who may read it; to others 204.
 */
export interface ConnectionChange {
  readonly enabled?: boolean;
  readonly clientId?: string;
  /** An empty string removes the secret. */
  readonly clientSecret?: string;
  readonly domain?: string;
  readonly callback?: string;
  /** ID of the user pool, or the URL of its keys. An empty string: it is detected at the first login. */
  readonly userPool?: string;
}

/** One check of "Check connection". */
export type CheckId =
  | 'server-url'
  | 'app-keys'
  | 'cookies'
  | 'provider'
  | 'host-uri'
  | 'callback-url'
  | 'scopes'
  | 'client'
  | 'issuer'
  | 'jwks'
  | 'clock'
  | 'front-end'
  | 'permissions'
  | 'registration'
  | 'roles'
  | 'attributes'
  | 'handoff';

export type Outcome = 'pass' | 'warn' | 'fail' | 'skipped';

/**
 * The result of one check. `code` is stable and names the finding, such as `callback-url.not-registered`. The page
 * translates it; scripts read `message` and `remedy`.
 */
export interface CheckResult {
  readonly id: CheckId;
  readonly outcome: Outcome;
  readonly code: string;
  /** The values for the placeholders in the sentences of the code. */
  readonly values: Readonly<Record<string, string | number>>;
  /** In English. */
  readonly message: string;
  /** What to do about it, in English; `null` if there is nothing to do. */
  readonly remedy: string | null;
}

/** `GET /cognito/diagnostics` (settings.read): every check. `GET /cognito/diagnostics/:id` is one {@link CheckResult}. */
export interface Diagnostics {
  /** The worst outcome there is. */
  readonly outcome: Outcome;
  /** In the order of the list. */
  readonly checks: readonly CheckResult[];
}

/** Paged responses: `?page=` from 1, `?pageSize=` up to 100. */
export interface Page<Row> {
  readonly results: readonly Row[];
  readonly pagination: {
    readonly page: number;
    readonly pageSize: number;
    readonly pageCount: number;
    readonly total: number;
  };
}

/**
 * `GET /cognito/identities?q=` (identities.read): users who have a Cognito identity; `q` is the start of a
 * username or email, or a user's id. `?user=ID` is one user's. `DELETE /cognito/identities/:id`
 * (identities.unlink): 204.
 */
export interface LinkedIdentity {
  readonly id: number;
  readonly issuer: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly linkedAt: string | null;
  readonly user: {
    readonly id: number;
    /** How Strapi 5 names the user in its Content Manager. */
    readonly documentId?: string;
    readonly username: string | null;
    readonly email: string | null;
    readonly provider: string | null;
    readonly blocked: boolean;
  };
}

/**
 * `GET /cognito/logins` (identities.read), newest first, one for each login. `?user=ID` is one user's, `?q=` the
 * start of a username, an email or a `sub`, `?failed=true` only what was refused, `?outcome=CODE` one outcome.
 * `GET /cognito/logins/csv` has all of them, without pages.
 */
export interface LoginRecord {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  /** The user; `null` if the login failed before one was found. */
  readonly user: {
    readonly id: number;
    readonly username: string | null;
    readonly email: string | null;
  } | null;
  /** The `sub` of the Cognito account, if its token was valid. */
  readonly subject: string | null;
  /** Only with `loginRecords.keepEmails`. */
  readonly email: string | null;
  /** The last step that was reached. */
  readonly step: 'connect' | 'callback' | 'exchange' | 'link' | 'unlink';
  /** `ok`, or the error code, which can also come from Cognito's authorize endpoint. */
  readonly outcome: string;
}

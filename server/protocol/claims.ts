/** The claims of a token. Check each one before you use it. */
export type Claims = Readonly<Record<string, unknown>>;

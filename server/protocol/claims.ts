/** The claims of a token, each to be checked before it is used. */
export type Claims = Readonly<Record<string, unknown>>;

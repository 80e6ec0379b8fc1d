/** What the examples use of NextAuth 4 and 5. */
declare module 'next-auth' {
  export interface Account {
    provider: string;
    id_token?: string;
    [field: string]: unknown;
  }

  export interface Session {
    user?: { name?: string | null; email?: string | null; image?: string | null };
    expires: string;
  }
}

declare module 'next-auth/jwt' {
  export interface JWT extends Record<string, unknown> {
    name?: string | null;
    email?: string | null;
  }
}

// For NextAuth (Auth.js) 4 and 5: pass these as `callbacks`, beside its Cognito provider. NextAuth runs the
// login; its id_token is exchanged for a Strapi JWT once, when the user has just signed in.
import type { Account, Session } from 'next-auth';
import type { JWT } from 'next-auth/jwt';
import { exchangeProof, type User } from 'strapi-plugin-cognito-client';

declare module 'next-auth' {
  interface Session {
    strapiJwt?: string | undefined;
    strapiUser?: User | undefined;
  }
}

declare module 'next-auth/jwt' {
  interface JWT {
    strapiJwt?: string | undefined;
    strapiUser?: User | undefined;
  }
}

const api = process.env.STRAPI_API ?? 'http://localhost:1337/api';

export const callbacks = {
  async jwt({ token, account }: { token: JWT; account?: Account | null }): Promise<JWT> {
    if (account?.provider !== 'cognito') return token;
    if (!account.id_token)
      throw new Error('Cognito sent no id_token: the scope openid is missing.');
    const { jwt, user } = await exchangeProof(api, { id_token: account.id_token });
    return { ...token, strapiJwt: jwt, strapiUser: user };
  },

  // Scripts of the page can read the session. Leave the JWT out if only your server calls Strapi.
  session({ session, token }: { session: Session; token: JWT }): Session {
    return { ...session, strapiJwt: token.strapiJwt, strapiUser: token.strapiUser };
  },
};

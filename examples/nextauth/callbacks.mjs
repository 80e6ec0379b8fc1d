// For NextAuth (Auth.js): pass these as `callbacks`, beside its Cognito provider. NextAuth runs the
// login; its id_token is traded for a Strapi JWT once, when the person has just signed in.
import { exchangeProof } from 'strapi-plugin-cognito/client';

export const callbacks = {
  async jwt({ token, account }) {
    if (account?.provider !== 'cognito') return token;
    const { jwt, user } = await exchangeProof(process.env.STRAPI_API, {
      id_token: account.id_token,
    });
    return { ...token, strapiJwt: jwt, strapiUser: user };
  },

  session({ session, token }) {
    return { ...session, strapiJwt: token.strapiJwt, user: token.strapiUser };
  },
};

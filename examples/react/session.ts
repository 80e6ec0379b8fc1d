// The session of a page, for React 18 and 19: it starts and ends logins, and keeps the Strapi JWT.
import { useEffect, useState } from 'react';
import {
  finishLogin,
  LoginError,
  type LoginOptions,
  logoutUrl,
  startLogin,
} from 'strapi-plugin-cognito-client';

const KEY = 'strapi-jwt';

/**
 * @param api Strapi's REST API, such as `https://api.example.com/api`. The page that uses this is the redirect URL.
 */
export function useSession(api: string) {
  // `undefined` until it is known whether the page ends a login.
  const [jwt, setJwt] = useState<string | null>();
  const [problem, setProblem] = useState<LoginError>();

  useEffect(() => {
    let isMounted = true;
    // StrictMode runs this twice. The client sends the code once, and returns the same result to both.
    finishLogin(api)
      .then((session) => {
        // Stored even if the component has unmounted: the code only works once.
        if (session) sessionStorage.setItem(KEY, session.jwt);
      })
      .catch((error: unknown) => {
        if (!(error instanceof LoginError)) throw error;
        if (isMounted) setProblem(error);
      })
      .finally(() => {
        if (isMounted) setJwt(sessionStorage.getItem(KEY));
      });
    return () => {
      isMounted = false;
    };
  }, [api]);

  return {
    jwt,
    problem,
    logIn: (options?: LoginOptions) => startLogin(api, options),
    logOut: () => {
      sessionStorage.removeItem(KEY);
      location.assign(logoutUrl(api, location.origin));
    },
  };
}

import { useEffect, useState } from 'react';
import type { User } from 'strapi-plugin-cognito-client';
import { useSession } from './session';

export function App({ api }: { api: string }) {
  const { jwt, problem, logIn, logOut } = useSession(api);

  if (jwt === undefined) return <p role="status">One moment …</p>;
  return (
    <main>
      {problem && <p role="alert">{problem.message}</p>}
      {jwt === null ? (
        <button onClick={() => logIn({ lang: navigator.language })}>Log in</button>
      ) : (
        <>
          <Greeting api={api} jwt={jwt} />
          <button onClick={logOut}>Log out</button>
        </>
      )}
    </main>
  );
}

function Greeting({ api, jwt }: { api: string; jwt: string }) {
  const [user, setUser] = useState<User>();

  useEffect(() => {
    const request = new AbortController();
    fetch(`${api}/users/me`, {
      headers: { authorization: `Bearer ${jwt}` },
      signal: request.signal,
    })
      .then((response) => response.json())
      .then(setUser)
      .catch((error: unknown) => {
        if (!request.signal.aborted) throw error;
      });
    return () => request.abort();
  }, [api, jwt]);

  return user ? <p>You are {user.username}.</p> : null;
}

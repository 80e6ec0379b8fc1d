import { LoginError } from 'strapi-plugin-cognito-client';
import { getUser } from '../lib/strapi';

/** A server component: it calls Strapi as the user who is logged in. */
export default async function Page({
  searchParams,
}: {
  searchParams: Promise<{ problem?: string | string[] }>;
}) {
  const user = await getUser();
  const { problem } = await searchParams;
  return (
    <main>
      {/* The client's message for this code: nothing from the URL is shown. */}
      {typeof problem === 'string' && <p role="alert">{new LoginError(problem).message}</p>}
      {user ? (
        <form action="/logout" method="post">
          <p>You are {user.username}.</p>
          <button>Log out</button>
        </form>
      ) : (
        // A plain link: Next.js would prefetch the target of a <Link>.
        <a href="/login">Log in</a>
      )}
    </main>
  );
}

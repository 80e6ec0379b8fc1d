import { currentState } from '../request-state';
import { type Strapi, pluginConfig } from '../strapi';

// Strapi 5 with `jwtManagement: 'refresh'` stores a session for each login. A refreshed session is a new row with
// `metadata` and `absoluteExpiresAt` of the first one.

const SESSION = 'admin::session';

/** Default of `sessions.maxRefreshTokenLifespan` of users-permissions: 30 days, in seconds. */
const MAX_LIFESPAN = 30 * 24 * 60 * 60;

interface Session {
  readonly createdAt: string | number | Date;
  readonly absoluteExpiresAt: string | number | Date;
  readonly metadata?: { readonly cognitoAuthTime?: number } | null;
}

/** Whether sessions have a field for the time of the login. */
const keepsMetadata = (strapi: Strapi): boolean => {
  const model = strapi.contentTypes[SESSION as keyof typeof strapi.contentTypes] as
    { readonly attributes: object } | undefined;
  return model !== undefined && Object.hasOwn(model.attributes, 'metadata');
};

/** Stores in each session when the user logged in at Cognito: the client may have exchanged an old token. */
export function watchSessions(strapi: Strapi): void {
  if (!keepsMetadata(strapi)) return;
  strapi.db.lifecycles.subscribe({
    models: [SESSION],
    beforeCreate({ params }) {
      const { authTime: cognitoAuthTime } = currentState(strapi);
      if (cognitoAuthTime === undefined) return;
      const data = params.data as { metadata?: object };
      data.metadata = { ...data.metadata, cognitoAuthTime };
    },
  });
}

/** When the user of a session logged in, in seconds since the epoch; `undefined` for a refreshed or unknown session. */
export async function sessionLoginTime(
  strapi: Strapi,
  sessionId: string,
): Promise<number | undefined> {
  if (!keepsMetadata(strapi)) return undefined;
  const sessions = strapi.db.query(SESSION);
  const [session, isRefreshed] = await Promise.all([
    sessions.findOne({ where: { sessionId } }) as Promise<Session | null>,
    sessions.count({ where: { childId: sessionId } }),
  ]);
  if (!session || isRefreshed > 0) return undefined;
  const { sessions: { maxRefreshTokenLifespan = MAX_LIFESPAN } = {} } = pluginConfig<{
    sessions?: { maxRefreshTokenLifespan?: number };
  }>(strapi, 'users-permissions');
  const seconds = (time: Session['createdAt']) => new Date(time).getTime() / 1000;
  return Math.min(
    seconds(session.createdAt),
    // This is also the case if the session that this one was refreshed from has been deleted.
    seconds(session.absoluteExpiresAt) - maxRefreshTokenLifespan,
    session.metadata?.cognitoAuthTime ?? Infinity,
  );
}

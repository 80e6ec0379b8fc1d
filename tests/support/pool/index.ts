import { createClient, createDefaultClient, type ClientOptions } from './clients';
import { Faults } from './faults';
import { serve, type PoolRequest } from './http';
import { sharedKeys } from './keys';
import { createPoolUser, defaultUsers, type PoolUserOptions } from './users';
import { Pool } from './pool';
import { reply, routeAt } from './routes';
import { poolNow, type PoolState } from './state';

export type { AppClient, ClientOptions, Flow } from './clients';
export type { Endpoint, Fault, FaultFor } from './faults';
export type { PoolRequest } from './http';
export { atHash, decodeJwt } from './jwt';
export type { Claims, KeyChoice, SignRequest } from './jwt';
export type { PublicJwk } from './keys';
export type { FederatedIdentity, PoolUser, PoolUserOptions } from './users';
export { Pool } from './pool';
export type { TokenOptions as MakeOptions } from './pool';
export type { Draft, DraftChange } from './state';
export type { Tokens } from './tokens';
export type { BrowserFlowOptions } from './browser-flow';

/** Options of a pool. */
export interface PoolOptions {
  /** Default 0: any free port. */
  port?: number;
  /** The host to listen on. Default `localhost`, which the origin always has. */
  host?: string;
  /** Merged into the default client. */
  client?: ClientOptions;
  /** More clients. */
  clients?: ClientOptions[];
  /** More users than the default ones: ann, ben, gil and nia. */
  users?: PoolUserOptions[];
}

/**
 * Starts a stand-in for a Cognito user pool and its Hosted UI. It is stopped after the tests of the file.
 * @throws the socket's error when the port is taken.
 */
export async function startPool(options: PoolOptions = {}): Promise<Pool> {
  const client = createDefaultClient(options.client ?? {});
  const clients = [client, ...(options.clients ?? []).map(createClient)];
  const users = [...defaultUsers(), ...(options.users ?? []).map(createPoolUser)];
  const state: PoolState = {
    origin: '',
    keys: sharedKeys(),
    oldKeys: [],
    clients: new Map(clients.map((each) => [each.clientId, each])),
    users: new Map(users.map((each) => [each.name, each])),
    codes: new Map(),
    refreshTokens: new Map(),
    revoked: new Set(),
    sessions: new Map(),
    faults: new Faults(),
    changes: {},
    clockOffset: 0,
  };
  const requests: PoolRequest[] = [];
  const server = await serve(options.host ?? 'localhost', options.port ?? 0, (request) => {
    requests.push(request);
    const route = routeAt(request.path);
    const fault = route && state.faults.take(route.endpoint, request);
    const datedReply = () => {
      const { headers, ...own } = reply(state, route, request);
      return { ...own, headers: { date: new Date(poolNow(state)).toUTCString(), ...headers } };
    };
    return { reply: datedReply, fault };
  });
  state.origin = `http://localhost:${server.port}`;
  return new Pool(state, client, requests, server);
}

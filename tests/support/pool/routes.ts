import { authorize } from './authorize';
import { discovery, jwksReply } from './discovery';
import type { Endpoint } from './faults';
import { json, type PoolRequest, type Reply } from './http';
import { error, login } from './login';
import { logout } from './logout';
import type { PoolState } from './state';
import { revoke, token } from './token-endpoint';
import { userInfo } from './user-info';

/** The handler of a path. */
export interface Route {
  endpoint: Endpoint;
  methods: string[];
  answer: (state: PoolState, request: PoolRequest) => Reply;
  /** Whether a page of another origin may read the response. */
  shared?: boolean;
}

const routes: Record<string, Route> = {
  '/oauth2/authorize': { endpoint: 'authorize', methods: ['GET'], answer: authorize },
  '/login': { endpoint: 'login', methods: ['GET', 'POST'], answer: login },
  '/error': { endpoint: 'error', methods: ['GET'], answer: error },
  '/logout': { endpoint: 'logout', methods: ['GET'], answer: logout },
  '/oauth2/token': { endpoint: 'token', methods: ['POST'], answer: token, shared: true },
  '/oauth2/revoke': { endpoint: 'revoke', methods: ['POST'], answer: revoke, shared: true },
  '/oauth2/userInfo': {
    endpoint: 'userInfo',
    methods: ['GET', 'POST'],
    answer: userInfo,
    shared: true,
  },
  '/.well-known/jwks.json': {
    endpoint: 'jwks',
    methods: ['GET'],
    answer: jwksReply,
    shared: true,
  },
  '/.well-known/openid-configuration': {
    endpoint: 'discovery',
    methods: ['GET'],
    answer: discovery,
    shared: true,
  },
};

/** The route at a path; paths are case-sensitive, as Cognito's are. */
export function routeAt(path: string): Route | undefined {
  return Object.hasOwn(routes, path) ? routes[path] : undefined;
}

/** The response of a route, or an error without one. */
export function reply(state: PoolState, route: Route | undefined, request: PoolRequest): Reply {
  if (!route) {
    return json(404, { message: 'Not Found' });
  }
  const cors: Record<string, string> = route.shared
    ? {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization, content-type',
      }
    : {};
  if (request.method === 'OPTIONS' && route.shared) {
    return { status: 204, headers: cors };
  }
  if (!route.methods.includes(request.method)) {
    return json(405, { message: 'Method Not Allowed' }, { allow: route.methods.join(', ') });
  }
  const own = route.answer(state, request);
  return { ...own, headers: { ...own.headers, ...cors } };
}

import type { Context, Next } from 'koa';
import type { Strapi, User } from '../../strapi';

/** A handler of a controller, or a middleware of a route. */
export type Handler = (ctx: Context, next: Next, ...rest: unknown[]) => unknown;

/** Creates a service. */
export type Factory<Service> = (context: { strapi: Strapi }) => Service;

/** The service `providers` of users-permissions. */
export interface ProvidersService {
  connect(provider: string, query: unknown, ...rest: unknown[]): Promise<User>;
}

/** Returns the profile of a user. */
export type AuthCallback = (context: { query: unknown }) => Promise<unknown>;

/** `run` of the registry of users-permissions: the profile of a provider, from its `authCallback`. */
export type RunProvider = (request: {
  provider: string;
  query: unknown;
  accessToken: unknown;
  providers: unknown;
  grantResponse: unknown;
}) => Promise<unknown>;

/** The providers of users-permissions, which has `add` since 4.25.23, and `register` before. */
export interface ProvidersRegistry {
  get?(name: string): { authCallback?: AuthCallback } | undefined;
  readonly run?: RunProvider;
  readonly add?: (name: string, provider: { authCallback?: AuthCallback }) => void;
  readonly register?: (name: string, makeCallback: () => AuthCallback) => void;
}

import type { Context } from 'koa';

/** What the request of the admin who checks tells about how browsers come here. */
export interface RequestFacts {
  /** `Host`, with its port. */
  readonly host: string;
  /** Whether the browser came by https, as far as can be told. */
  readonly https: boolean;
  /** Whether Strapi takes the connection for https, which decides about secure cookies. */
  readonly secure: boolean;
  /** Whether some proxy has left its mark. */
  readonly proxied: boolean;
  /** Whether Strapi's session middleware is there. */
  readonly session: boolean;
}

const MARKS = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'];

/** Nothing but facts about the connection: no address in a request is ever asked. */
export function factsOf(ctx: Context): RequestFacts {
  return {
    host: ctx.get('host'),
    https: forwardedProtocol(ctx)?.toLowerCase() === 'https' || ctx.secure,
    secure: ctx.secure,
    proxied: MARKS.some((name) => ctx.get(name) !== ''),
    session: 'session' in ctx,
  };
}

/** What the browser's own side of a proxy was, whether or not Strapi trusts that proxy. */
function forwardedProtocol(ctx: Context): string | undefined {
  const [first = ''] = ctx.get('x-forwarded-proto').split(',', 1);
  return first.trim() || /proto="?(https?)/i.exec(ctx.get('forwarded'))?.[1];
}

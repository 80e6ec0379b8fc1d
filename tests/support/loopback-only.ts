import net from 'node:net';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Tests only talk to this machine. A connection to anywhere else is a mistake, and fails at once instead of hanging.
 */
const connect = Reflect.get(net.Socket.prototype, 'connect') as (
  this: net.Socket,
  ...args: unknown[]
) => net.Socket;

Reflect.set(
  net.Socket.prototype,
  'connect',
  function (this: net.Socket, ...args: unknown[]): net.Socket {
    const [options] = args.flat();
    const { host } = Object(options) as { host?: string };
    if (host !== undefined && !LOOPBACK.test(host)) {
      throw new Error(`A test tried to connect to ${host}`);
    }
    return connect.apply(this, args);
  },
);

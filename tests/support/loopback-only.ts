import { Socket, type SocketConnectOpts } from 'node:net';

/**
 * Tests talk to this machine alone. A connection to anywhere else is a mistake, and fails at once
 * instead of hanging or reaching somebody.
 */
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const [first] = args.flat() as [SocketConnectOpts | number | string];
  const host = typeof first === 'object' && 'host' in first ? first.host : undefined;
  if (host !== undefined && !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)) {
    throw new Error(`A test tried to connect to ${host}`);
  }
  return (connect as (...all: unknown[]) => Socket).apply(this, args);
} as typeof connect;

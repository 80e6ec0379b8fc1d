import type { PoolRequest } from './http';

/** What can be made to misbehave. */
export type Endpoint =
  | 'authorize'
  | 'discovery'
  | 'error'
  | 'jwks'
  | 'login'
  | 'logout'
  | 'revoke'
  | 'token'
  | 'userInfo';

/**
 * A way to misbehave. With `status`, `body` or `garbage` the endpoint itself is not asked, and nothing it would do is
 * done (a code stays unspent); else its own answer is what is delayed, cut or stalled.
 */
export interface Fault {
  /** Default 200 when there is a body, else 500. */
  status?: number;
  /** Text is sent as it is, all else as JSON. */
  body?: unknown;
  /** Laid over the answer's own headers. */
  headers?: Record<string, string>;
  /** Milliseconds to wait before the answer. */
  delay?: number;
  /** Never answers, and keeps the connection open. */
  hang?: boolean;
  /** Sends the headers and half of the body, and nothing more. */
  stall?: boolean;
  /** Sends the headers and half of the body, then breaks the connection. */
  cut?: boolean;
  /** Breaks the connection without a word. */
  reset?: boolean;
  /** 200, `application/json`, and a body that is no JSON. */
  garbage?: boolean;
  /** Sends JSON without end, compressed to a thousandth, until the connection is broken. */
  bomb?: boolean;
  /** For how many requests; without it, for all until `behave()`. */
  times?: number;
}

/** A fault that is decided request by request; undefined lets the next one decide, or the endpoint behave. */
export type FaultFor = (request: PoolRequest) => Fault | undefined;

interface Entry {
  fault: Fault | FaultFor;
  left: number;
}

/** The faults in force, endpoint by endpoint, in the order they were asked for. */
export class Faults {
  private readonly entries = new Map<Endpoint, Entry[]>();

  /** Queues a fault behind those that last a number of times; one that lasts takes the place of the last such. */
  add(endpoint: Endpoint, fault: Fault | FaultFor): void {
    const limited = (this.entries.get(endpoint) ?? []).filter(({ left }) => left !== Infinity);
    const left = typeof fault === 'function' ? Infinity : (fault.times ?? Infinity);
    this.entries.set(endpoint, [...limited, { fault, left }]);
  }

  /** The fault for this request, which counts as used. */
  take(endpoint: Endpoint, request: PoolRequest): Fault | undefined {
    for (const entry of this.entries.get(endpoint) ?? []) {
      if (entry.left <= 0) {
        continue;
      }
      const fault = typeof entry.fault === 'function' ? entry.fault(request) : entry.fault;
      if (fault) {
        entry.left -= 1;
        return fault;
      }
    }
    return undefined;
  }

  /** No more faults. */
  clear(): void {
    this.entries.clear();
  }
}

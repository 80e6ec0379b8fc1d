import type { PoolRequest } from './http';

/** The endpoints that can have a fault. */
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
 * A fault of an endpoint. With `status`, `body` or `garbage` the endpoint itself does not run (a code stays unspent).
 * Otherwise its response is delayed, cut or stalled.
 */
export interface Fault {
  /** Default 200 when there is a body, otherwise 500. */
  status?: number;
  /** A string is sent as it is, everything else as JSON. */
  body?: unknown;
  /** Merged into the response's headers. */
  headers?: Record<string, string>;
  /** Milliseconds to wait before the response. */
  delay?: number;
  /** Never responds, and keeps the connection open. */
  hang?: boolean;
  /** Sends the headers and half of the body, and nothing more. */
  stall?: boolean;
  /** Sends the headers and half of the body, then breaks the connection. */
  cut?: boolean;
  /** Breaks the connection without a response. */
  reset?: boolean;
  /** 200, `application/json`, and a body that is not JSON. */
  garbage?: boolean;
  /** Sends JSON without end, compressed to a thousandth, until the connection is broken. */
  bomb?: boolean;
  /** For how many requests; by default for all until `clearChanges()`. */
  times?: number;
}

/** Decides about each request; undefined leaves it to the next fault or to the endpoint. */
export type FaultFor = (request: PoolRequest) => Fault | undefined;

interface Entry {
  fault: Fault | FaultFor;
  left: number;
}

/** The current faults of each endpoint, in the order in which they were added. */
export class Faults {
  private readonly entries = new Map<Endpoint, Entry[]>();

  /** Queues a fault behind those with `times`. A fault without `times` replaces the previous one without. */
  add(endpoint: Endpoint, fault: Fault | FaultFor): void {
    const limited = (this.entries.get(endpoint) ?? []).filter(({ left }) => left !== Infinity);
    const left = typeof fault === 'function' ? Infinity : (fault.times ?? Infinity);
    this.entries.set(endpoint, [...limited, { fault, left }]);
  }

  /** The fault for this request, which counts it as used. */
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

  /** Removes all faults. */
  clear(): void {
    this.entries.clear();
  }
}

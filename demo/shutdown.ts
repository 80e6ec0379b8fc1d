type Stop = () => unknown;

/** Collects functions that stop things, and waits for a request to stop. */
export class Shutdown {
  /** Resolves on Ctrl-C, on SIGTERM, and when the parent process disconnects. */
  readonly requested: Promise<void>;
  private readonly stops: Stop[] = [];

  constructor() {
    this.requested = new Promise((resolve) => {
      // The handlers stay, so that a second Ctrl-C does not interrupt the shutdown.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => resolve());
      process.once('disconnect', () => resolve());
      // Also when nothing reads the output any more. Without a listener, the error of a write would end the process.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => resolve());
    });
  }

  /** Adds a function. They are called in reverse order. */
  later(stop: Stop): void {
    this.stops.unshift(stop);
  }

  async stopAll(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
  }
}

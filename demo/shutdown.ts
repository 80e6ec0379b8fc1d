type Stop = () => unknown;

/** Collects what has to be stopped, and listens for those who ask for it. */
export class Shutdown {
  /** Resolves on Ctrl-C, SIGTERM, and when the process that started us hangs up. */
  readonly asked: Promise<void>;
  private readonly stops: Stop[] = [];

  constructor() {
    this.asked = new Promise((resolve) => {
      // Stays on, so that a second Ctrl-C does not cut the stopping short.
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => resolve());
      process.once('disconnect', () => resolve());
      // So does a reader of our output that has gone. Unheard, the error of the next line that is printed would end us at once.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => resolve());
    });
  }

  /** Stops in the other order than things were started in. */
  later(stop: Stop): void {
    this.stops.unshift(stop);
  }

  async stopAll(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
  }
}

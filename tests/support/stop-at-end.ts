type Stop = () => unknown;

/** What the tests of this file have started. It is a global, because a test may load modules again. */
class Started {
  private readonly stops: Stop[] = [];
  private isOver = false;

  add(stop: Stop): void {
    // It was started after the end: something beside it has failed, so it was not awaited.
    if (this.isOver) void Promise.resolve(stop()).catch(() => undefined);
    else this.stops.push(stop);
  }

  /** @throws the first error, when all have been tried. */
  async stopAll(): Promise<void> {
    this.isOver = true;
    const errors: unknown[] = [];
    for (const stop of this.stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

const key = Symbol.for('what the tests have started');
const globals = globalThis as { [key]?: Started };
const started = (globals[key] ??= new Started());

/**
 * Stops something after the tests of this file, also when a test or a hook fails: `environment.js` does that. What was
 * started last is stopped first. Code that starts a process or a server calls this before it waits until that is ready.
 * A test may stop it earlier, so `stop` may be called twice. Outside of Jest nothing is stopped.
 */
export function stopAtEnd(stop: Stop): void {
  started.add(stop);
}

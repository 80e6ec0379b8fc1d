type Stop = () => unknown;

/** What the tests of this file have started. It is kept with the globals, because a test may load modules anew. */
class Started {
  private readonly stops: Stop[] = [];
  private isOver = false;

  add(stop: Stop): void {
    // What is only now under way was not waited for, as something beside it has failed.
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
 * Stops something after the tests of this file, whether they pass or fail, and whether `beforeAll` got to its end:
 * `environment.js` sees to that. What is started last is stopped first. Whatever starts a process or a server says so before
 * it waits for it. A test may stop it earlier: `stop` must bear to be called twice. Outside of Jest this does nothing.
 */
export function stopAtEnd(stop: Stop): void {
  started.add(stop);
}

// What has been started, so that it can be ended in the opposite order.

/** Undoes what has been started so far, last first; each is tried, whatever the others do. */
export class Undo {
  private readonly steps: (() => Promise<unknown> | void)[] = [];

  add(step: () => Promise<unknown> | void): void {
    this.steps.push(step);
  }

  async run(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}

// A list that modules fill while they are wired and the platform reads once it starts: commands, events, projections, capabilities ...

export class Registry<T> {
  private readonly entries = new Map<string, T>();
  private sealed = false;

  constructor(
    private readonly kind: string,
    private readonly nameOf: (entry: T) => string,
  ) {}

  /** A name that is taken, or a registration after the platform has started, is a defect of the wiring. */
  add(...entries: readonly T[]): void {
    for (const entry of entries) {
      const name = this.nameOf(entry);
      if (this.sealed) throw new Error(`${this.kind} ${name} was registered after the start`);
      if (this.entries.has(name)) throw new Error(`${this.kind} ${name} is registered twice`);
      this.entries.set(name, entry);
    }
  }

  get(name: string): T | undefined {
    return this.entries.get(name);
  }

  all(): readonly T[] {
    return [...this.entries.values()];
  }

  seal(): void {
    this.sealed = true;
  }
}

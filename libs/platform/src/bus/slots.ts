// At most so many at once; the others wait in line.
export class Slots {
  private readonly line: (() => void)[] = [];

  constructor(private free: number) {}

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.line.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      // Handed on, not given back: nobody who comes later can slip in between.
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

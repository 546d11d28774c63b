// One look for all who ask the same thing in the same turn of the event loop. It begins after all of them have asked, so that it is as new as each of
// them may expect, and waits for nobody's earlier look: that one may hang.

export class SharedLooks<T> {
  private readonly coming = new Map<string, Promise<T>>();

  look(what: string, ask: () => Promise<T>): Promise<T> {
    const coming = this.coming.get(what) ?? this.begin(what, ask);
    this.coming.set(what, coming);
    return coming;
  }

  private async begin(what: string, ask: () => Promise<T>): Promise<T> {
    await new Promise((begun) => setImmediate(begun));
    // Whoever asks from here on might know more already.
    this.coming.delete(what);
    return ask();
  }
}

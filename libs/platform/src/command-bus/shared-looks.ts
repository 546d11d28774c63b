// One look for all who ask the same thing at about the same time. Whoever comes while one is under way shares the next: it might have begun before
// what he knows of already.

interface Look<T> {
  readonly answer: Promise<T>;
  next: Promise<T> | null;
}

export class SharedLooks<T> {
  private readonly looks = new Map<string, Look<T>>();

  /** The answer is as new as this call. */
  look(what: string, ask: () => Promise<T>): Promise<T> {
    const under = this.looks.get(what);
    if (under === undefined) return this.begin(what, ask);
    const again = (): Promise<T> => this.begin(what, ask);
    under.next ??= under.answer.then(again, again);
    return under.next;
  }

  private begin(what: string, ask: () => Promise<T>): Promise<T> {
    const look: Look<T> = { answer: ask(), next: null };
    this.looks.set(what, look);
    const over = (): void => {
      if (look.next === null) this.looks.delete(what);
    };
    look.answer.then(over, over);
    return look.answer;
  }
}

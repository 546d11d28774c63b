// Keeps the order of a sequence, but not its waiting: work on the next few items has begun before the first is taken. A stream of people would
// otherwise be read one key after the other.
const MOST = 32;

export async function* ahead<T, R>(items: AsyncIterable<T> | Iterable<T>, work: (item: T) => Promise<R>, most = MOST): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Whoever stops early leaves some behind; their failures are nobody's any more.
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length >= most) yield await (begun.shift() as Promise<R>);
  }
  for (const result of begun) yield await result;
}

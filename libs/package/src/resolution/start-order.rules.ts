// In which order extensions are installed and enabled: what is needed comes first, ties go by id. What waits for itself never starts.

export interface Startable {
  readonly extension: string;
  /** Extensions that had better run before it, and are never waited for in vain. */
  readonly prefers: readonly string[];
  /** One of each list must run before it. */
  readonly needsOneOf: readonly (readonly string[])[];
  /** It runs already, as it is. */
  readonly runs: boolean;
}

export interface StartOrder {
  readonly order: readonly string[];
  /** What waits for each other in a circle, by id; empty when everything can start. */
  readonly stuck: readonly string[];
}

export function startOrder(items: readonly Startable[]): StartOrder {
  const waiting = new Map(
    [...items].sort((one, other) => (one.extension < other.extension ? -1 : 1)).map((item) => [item.extension, item]),
  );
  const order: string[] = [];
  const ready = ({ needsOneOf }: Startable): boolean => needsOneOf.every((ids) => ids.some((id) => !waiting.has(id)));
  const free = (item: Startable): boolean => ready(item) && !item.prefers.some((id) => waiting.has(id));
  while (waiting.size > 0) {
    const open = [...waiting.values()];
    const next = open.find(free) ?? open.find(ready) ?? open.find(({ runs }) => runs);
    if (next === undefined) return { order, stuck: [...waiting.keys()] };
    order.push(next.extension);
    waiting.delete(next.extension);
  }
  return { order, stuck: [] };
}

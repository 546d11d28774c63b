// D-09: judges what clients saw, without knowing the store. A history is what each client sent and was told, with the moments of both.
// Every value is appended to one list (a stream); reads answer the whole list. Moments come from one monotonic clock.
export interface AppendOperation {
  readonly kind: 'append';
  readonly list: string;
  /** Unique over the history; several values are one atomic append. */
  readonly values: readonly number[];
  readonly from: number;
  readonly to: number;
  /** `unknown`: no answer came, so it may or may not have happened. */
  readonly outcome: 'ok' | 'refused' | 'unknown';
}

export interface ReadOperation {
  readonly kind: 'read';
  readonly list: string;
  readonly seen: readonly number[];
  readonly from: number;
  readonly to: number;
}

export type Operation = AppendOperation | ReadOperation;

export type Anomaly =
  | 'lost append'
  | 'duplicate'
  | 'phantom'
  | 'refused but written'
  | 'prefix disagreement'
  | 'torn append'
  | 'stale read'
  | 'read from the future'
  | 'real-time order';

export interface Finding {
  readonly anomaly: Anomaly;
  readonly list: string;
  readonly detail: string;
}

export function findAnomalies(history: readonly Operation[]): readonly Finding[] {
  const lists = new Map<string, Operation[]>();
  for (const operation of history) lists.set(operation.list, [...(lists.get(operation.list) ?? []), operation]);
  return [...lists].flatMap(([list, operations]) => checkList(list, operations));
}

function checkList(list: string, operations: readonly Operation[]): Finding[] {
  const appends = operations.filter((operation) => operation.kind === 'append');
  const reads = operations.filter((operation) => operation.kind === 'read').sort((a, b) => a.seen.length - b.seen.length);
  const findings: Finding[] = [];
  const found = (anomaly: Anomaly, detail: string): void => void findings.push({ anomaly, list, detail });

  const byValue = new Map(appends.flatMap((append) => append.values.map((value) => [value, append] as const)));
  const longest = reads.at(-1)?.seen ?? [];
  const place = new Map(longest.map((value, index) => [value, index]));

  for (const read of reads) {
    if (new Set(read.seen).size !== read.seen.length) found('duplicate', `read ${read.seen.join(' ')}`);
    read.seen.forEach((value, index) => {
      const append = byValue.get(value);
      if (append === undefined) found('phantom', `${value} was never appended`);
      else if (append.outcome === 'refused') found('refused but written', `${value}`);
      else if (append.from > read.to) found('read from the future', `${value} was read before it was appended`);
      if (longest[index] !== value) found('prefix disagreement', `place ${index} is ${value} here and ${longest[index]} there`);
    });
    for (const append of appends) {
      const visible = append.values.filter((value) => read.seen.includes(value));
      if (visible.length > 0 && !isRun(append.values, read.seen))
        found('torn append', `of ${append.values.join(' ')} only ${visible.join(' ')}`);
    }
  }
  checkRealTime(appends, reads, place, found);
  // Whoever was told "ok" must find it in every read that began later; the last read of all judges those that nobody read before.
  const lastStart = Math.max(...reads.map((read) => read.from), -1);
  for (const { values, outcome, to } of appends) {
    if (outcome === 'ok' && to < lastStart && values.some((value) => !place.has(value))) found('lost append', values.join(' '));
  }
  return findings;
}

function checkRealTime(
  appends: readonly AppendOperation[],
  reads: readonly ReadOperation[],
  place: ReadonlyMap<number, number>,
  found: (anomaly: Anomaly, detail: string) => void,
): void {
  const visible = appends.filter((append) => append.outcome === 'ok' && append.values.every((value) => place.has(value)));
  const placeOf = (append: AppendOperation): number => place.get(append.values[0] ?? -1) ?? -1;
  // In the order of the list: nothing may stand behind an append that began only after it was acknowledged.
  const ordered = [...visible].sort((a, b) => placeOf(a) - placeOf(b));
  let latestStart = -Infinity;
  for (const append of ordered) {
    if (append.to < latestStart) found('real-time order', `${append.values.join(' ')} stands behind what began after it was acknowledged`);
    latestStart = Math.max(latestStart, append.from);
  }
  for (const read of reads) {
    for (const append of visible) {
      if (append.to < read.from && placeOf(append) >= read.seen.length)
        found('stale read', `${append.values.join(' ')} was acknowledged before`);
    }
    for (const earlier of reads) {
      if (earlier.to < read.from && earlier.seen.length > read.seen.length)
        found('stale read', `shorter than a read that had ended before`);
    }
  }
}

/** Whether the values stand in the list together and in their order. */
function isRun(values: readonly number[], list: readonly number[]): boolean {
  const start = list.indexOf(values[0] ?? -1);
  return start >= 0 && values.every((value, index) => list[start + index] === value);
}

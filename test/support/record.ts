// What a random test did, told once: in the output of the run, and line by line to the file that a campaign makes its record from.
import { appendFileSync } from 'node:fs';

/** One line of the file named by `KARI_TEST_RECORD`, as JSON. */
export type RecordLine =
  | { readonly kind: 'seed'; readonly id: string; readonly seed: number }
  | { readonly kind: 'counts'; readonly id: string; readonly counts: Counts }
  | { readonly kind: 'skipped'; readonly title: string; readonly reason: string };

/** Names in the words of the promise: `cycles`, `acknowledged`, `lost`, `duplicates`. */
export type Counts = Readonly<Record<string, number | string>>;

/** Called before the assertions on them: a record of a failed run must hold its counts, too. */
export function reportCounts(id: string, counts: Counts): void {
  const words = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`${id}: ${words.join(', ')}\n`);
  keep({ kind: 'counts', id, counts });
}

export function keep(line: RecordLine): void {
  const file = process.env['KARI_TEST_RECORD'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

// The places of one process.
import { admittedFrom, placeFor, type PlaceDecision, type PlaceRow, type PlaceWish } from './place.rules.js';
import type { Places, Queue, Turn } from './places.port.js';

interface Entry extends Turn {
  readonly places: number;
  status: PlaceRow['status'] | 'left';
  told: boolean;
}

export class MemoryPlaces implements Places {
  private readonly queues = new Map<string, Entry[]>();

  enter(queue: Queue, wish: PlaceWish): Promise<PlaceDecision | { readonly status: 'left' }> {
    const entries = this.entriesOf(queue);
    const index = entries.findIndex((entry) => isOf(entry, wish));
    const known = entries[index];
    if (known?.status === 'left' || known?.status === 'held') return Promise.resolve({ status: known.status });
    const decision = placeFor(wish, open(index < 0 ? entries : entries.slice(0, index)));
    if (decision.status === 'refused') return Promise.resolve(decision);
    if (known === undefined) entries.push({ run: wish.run, turn: wish.turn, places: wish.places, status: decision.status, told: true });
    else known.status = decision.status;
    return Promise.resolve(decision);
  }

  leave(queue: Queue, turn: Turn): Promise<readonly Turn[]> {
    const entries = this.entriesOf(queue);
    const known = entries.find((entry) => isOf(entry, turn));
    if (known === undefined) entries.push({ ...turn, places: 1, status: 'left', told: true });
    else known.status = 'left';
    for (const admitted of admittedFrom(open(entries))) {
      const entry = entries.find((other) => isOf(other, admitted))!;
      entry.status = 'held';
      entry.told = false;
    }
    const untold = entries.filter(({ status, told }) => status === 'held' && !told);
    return Promise.resolve(untold.map(({ run, turn: of }) => ({ run, turn: of })));
  }

  told(queue: Queue, turns: readonly Turn[]): Promise<void> {
    for (const entry of this.entriesOf(queue)) if (turns.some((turn) => isOf(entry, turn))) entry.told = true;
    return Promise.resolve();
  }

  private entriesOf({ tenant, queue }: Queue): Entry[] {
    const key = `${tenant} ${queue}`;
    const entries = this.queues.get(key) ?? [];
    this.queues.set(key, entries);
    return entries;
  }
}

function isOf(entry: Turn, { run, turn }: Turn): boolean {
  return entry.run === run && entry.turn === turn;
}

function open(entries: readonly Entry[]): readonly PlaceRow[] {
  return entries.flatMap(({ run, turn, places, status }) => (status === 'left' ? [] : [{ run, turn, places, status }]));
}

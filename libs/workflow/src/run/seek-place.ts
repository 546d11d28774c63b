// Asks for the place that a run wants among those of its key, and sees to it that the runs it replaces are cancelled.
import type { RecordedEvent } from '@kari/kernel';
import { runStream, type EngineParts } from './engine-parts.js';
import type { PlaceAnswer } from './interpreter/admission.rules.js';
import type { RunEventOf } from './run.events.js';
import type { RunState } from './run-state.rules.js';

/** Null when that turn is over. Safe to repeat. */
export async function seekPlace(
  parts: Pick<EngineParts, 'places' | 'others' | 'store'>,
  of: { readonly tenant: string; readonly run: string; readonly correlationId: string },
  { admission, start }: RunState,
): Promise<PlaceAnswer | null> {
  if (admission === null || admission.place === null) return null;
  const { tenant, run, correlationId } = of;
  const { queue, limit: places, overlap } = admission.place;
  const ancestors = await ancestorsOf(parts, tenant, start?.parent?.run);
  const decision = await parts.places.enter({ tenant, queue }, { run, turn: admission.turn, places, overlap, ancestors });
  if (decision.status === 'left') return null;
  if (decision.status !== 'waiting') return decision;
  const { behind, ahead, replaces } = decision;
  for (const other of replaces) await parts.others.replace(tenant, other, run, correlationId);
  return { status: 'waiting', behind, ahead };
}

async function ancestorsOf({ store }: Pick<EngineParts, 'store'>, tenant: string, parent: string | undefined): Promise<readonly string[]> {
  const found: string[] = [];
  for (let next = parent; next !== undefined;) {
    found.push(next);
    let first: RecordedEvent | null = null;
    for await (const event of store.readStream(runStream(tenant, next), { limit: 1 })) first = event;
    next = first?.type === 'RunStarted' ? (first.data as RunEventOf<'RunStarted'>['data']).parent?.run : undefined;
  }
  return found;
}

// Facts as the log gives them, for specs of projections.
import { derivedId, type RecordedEvent } from '@kari/kernel';
import { runStream } from '../engine-parts.js';
import type { RunEvent } from '../run.events.js';
import { RUN } from './playing-run.js';

export const TENANT = '00000000-0000-7000-8000-00000000000a';

/** What was written together has one command id. */
export function recordedAppends(appends: readonly (readonly RunEvent[])[]): readonly RecordedEvent[] {
  const commands = appends.flatMap((events, append) => events.map(() => derivedId('append', append)));
  return recordedFacts(appends.flat()).map((fact, index) => ({ ...fact, meta: { ...fact.meta, commandId: commands[index]! } }));
}

export function recordedFacts(facts: readonly RunEvent[]): readonly RecordedEvent[] {
  return facts.map((fact, index) => ({
    id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    stream: runStream(TENANT, RUN),
    revision: BigInt(index),
    position: String(index + 1),
    type: fact.type,
    version: 1,
    data: fact.data,
    meta: {
      tenant: TENANT,
      actor: 'someone',
      actorKind: 'user',
      commandId: RUN,
      commandType: 'AdvanceRun',
      correlationId: RUN,
      occurredAt: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    },
    recordedAt: '2026-01-01T00:00:00.000Z',
  }));
}

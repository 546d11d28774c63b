import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { bucketOf, emptyHistogram } from './histogram.rules.js';
import { usageStream } from './usage.commands.js';
import { usageProjection, type UsageRow } from './usage.projection.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const HOUR = '2026-01-01T10:00:00.000Z';

function measured(data: Record<string, unknown>, tenant = TENANT): RecordedEvent {
  const latency = emptyHistogram.map((_, index) => (index === bucketOf(3) ? Number(data['calls'] ?? 0) : 0));
  return {
    id: 'e',
    stream: usageStream(tenant, 'acme.notes', HOUR),
    revision: 0n,
    position: '1',
    type: 'ExtensionUsageMeasured',
    version: 1,
    data: {
      extension: 'acme.notes',
      version: '1.0.0',
      hour: HOUR,
      calls: 0,
      errors: {},
      latency,
      cpuMilliseconds: 0,
      peakMemoryBytes: 0,
      ...data,
    },
    meta: {
      tenant,
      actor: 's',
      actorKind: 'system',
      commandId: 'c',
      commandType: 'T',
      correlationId: 'r',
      occurredAt: '2026-01-01T10:00:05.000Z',
    },
    recordedAt: HOUR,
  };
}

const fold = (events: readonly RecordedEvent[]) => events.reduce<UsageRow | null>((row, event) => usageProjection.evolve(row, event), null);

describe('metrics.usage', () => {
  it('adds up an hour of one extension in one tenant', () => {
    const row = fold([
      measured({ calls: 2, errors: { SANDBOX_CRASHED: 1 }, cpuMilliseconds: 5, peakMemoryBytes: 900 }),
      measured({ calls: 3, errors: { SANDBOX_CRASHED: 1, PLUGIN_FAILED: 1 }, cpuMilliseconds: 7, peakMemoryBytes: 400, version: '1.1.0' }),
    ]);
    expect(row).toMatchObject({
      tenant: TENANT,
      extension: 'acme.notes',
      hour: HOUR,
      version: '1.1.0',
      calls: '5',
      failed: '3',
      errors: { SANDBOX_CRASHED: 2, PLUGIN_FAILED: 1 },
      cpu_milliseconds: '12',
      peak_memory_bytes: '900',
    });
    expect(row?.latency[bucketOf(3)]).toBe(5);
  });

  it('keeps tenants, extensions and hours apart', () => {
    const later = '2026-01-01T11:00:00.000Z';
    const keys = [measured({}), measured({}, '_'), measured({ extension: 'acme.other' }), measured({ hour: later })].map((event) =>
      usageProjection.keyOf(event),
    );
    expect(keys).toEqual([
      [TENANT, 'acme.notes', HOUR],
      ['_', 'acme.notes', HOUR],
      [TENANT, 'acme.other', HOUR],
      [TENANT, 'acme.notes', later],
    ]);
  });

  it('a code named like a property of objects is a code', () => {
    expect(fold([measured({ errors: { constructor: 1 } }), measured({ errors: { constructor: 2 } })])?.errors).toEqual({ constructor: 3 });
  });
});

// The command over the retention of runs.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { retentionDecider, setRunRetention } from './retention.decider.js';
import { RETENTION_CATEGORY } from './retention.events.js';

export const retentionCommands: readonly AnyCommandDefinition[] = [
  {
    type: 'SetRunRetention',
    schema: setRunRetention,
    right: 'run.retain',
    scope: 'tenant',
    stream: (_data: unknown, tenant: string) => streamId(RETENTION_CATEGORY, tenant, 'runs'),
    subject: () => 'retention:runs',
    decider: retentionDecider,
  },
];

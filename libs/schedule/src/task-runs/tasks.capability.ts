// `tasks.progress`: how far a run of a task has come. Open to all: only the handler of a run can tell of it.
import { z } from 'zod';
import type { Capability, CapabilityOperation } from '@kari/sandbox/contract';
import type { TaskProgress } from './task-progress.js';

const MOST_NOTE = 500;

const request = z.strictObject({ fraction: z.number().min(0).max(1).nullable(), note: z.string().max(MOST_NOTE).nullable() });

export function tasksCapability(progress: TaskProgress): Capability {
  const told: CapabilityOperation<z.infer<typeof request>, null> = {
    name: 'progress',
    schema: request,
    audit: 'denials',
    allows: () => ({ allowed: true }),
    perform: async ({ tenant, extension, correlationId, signal }, given) => {
      // A run of a task is the correlation of everything that it sets in motion.
      await progress.tell({ tenant, extension, run: correlationId, signal }, given);
      return null;
    },
  };
  return { name: 'tasks', openToAll: true, operations: [told] };
}

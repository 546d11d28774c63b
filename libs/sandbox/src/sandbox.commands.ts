// The commands of this context as the bus must know them.
import { streamId, type CommandDefinition } from '@kari/kernel';
import { setMinimumLevelSchema } from './level/minimum-level.commands.js';
import { minimumLevelDecider } from './level/minimum-level.decider.js';
import { supervisorCommandSchemas } from './supervision/supervisor.commands.js';
import { supervisorDecider } from './supervision/supervisor.decider.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- definitions of several commands in one list; each is checked where it is written
type AnyDefinition = CommandDefinition<any, any, any>;

const supervision: readonly AnyDefinition[] = Object.entries(supervisorCommandSchemas).map(([type, schema]) => ({
  type,
  schema,
  right: 'sandbox.operate',
  scope: 'tenant',
  // A suspended tenant's sandboxes are stopped by the supervisor, and that must be written down.
  whileSuspended: 'system',
  stream: ({ extension }: { readonly extension: string }, tenant: string) => streamId('sandbox.process', tenant, extension),
  decider: supervisorDecider,
}));

const level: AnyDefinition = {
  type: 'SetMinimumLevel',
  schema: setMinimumLevelSchema,
  right: 'sandbox.level',
  scope: 'platform',
  stream: () => streamId('sandbox.level', '_', 'minimum'),
  decider: minimumLevelDecider,
};

export const sandboxCommands: readonly AnyDefinition[] = [...supervision, level];

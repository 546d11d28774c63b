// The commands over private hosts: only the platform's operators hold their right.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { closePrivateHost, openPrivateHost } from './private-host.commands.js';
import { PRIVATE_HOSTS, privateHostDecider } from './private-host.decider.js';

const common = {
  right: 'egress.manage',
  scope: 'platform' as const,
  stream: () => PRIVATE_HOSTS,
  subject: ({ host }: { host: string }) => `private-host:${host}`,
  decider: privateHostDecider,
};

export const privateHostCommands: readonly AnyCommandDefinition[] = [
  { ...common, type: 'OpenPrivateHost', schema: openPrivateHost },
  { ...common, type: 'ClosePrivateHost', schema: closePrivateHost },
];

// Decides which hosts the workflows of a tenant may call: by scheme, name and port, each opened on its own. None is open by itself.
import { rejected, streamId, type Decider, type StreamId } from '@kari/kernel';
import { normalisedHost, portOf, type HttpScope } from './target.rules.js';
import type { WorkflowHostCommand } from './workflow-host.commands.js';
import type { WorkflowHostEvent } from './workflow-host.events.js';

export interface WorkflowHost {
  readonly host: string;
  readonly scheme: 'https' | 'http';
  readonly port: number;
  /** Null: every method. */
  readonly methods: readonly string[] | null;
  readonly reason: string;
}

/** By origin, see `keyOf`. */
export type WorkflowHosts = Readonly<Record<string, WorkflowHost>>;

const MOST_HOSTS = 200;

export function workflowHostStream(tenant: string): StreamId {
  return streamId('security.workflow-host', tenant, 'all');
}

export const workflowHostDecider: Decider<WorkflowHostCommand, WorkflowHostEvent, WorkflowHosts> = {
  decide(command, state) {
    const host = normalisedHost(command.data.host);
    if (host === null)
      throw rejected('SECURITY_WORKFLOW_HOST_INVALID', { host: command.data.host, reason: 'it is neither a host name nor an address' });
    const { scheme } = command.data;
    const place = { host, scheme, port: command.data.port ?? portOf('', scheme) };
    const open = state[keyOf(place)];
    switch (command.type) {
      case 'OpenWorkflowHost': {
        const { methods, reason } = command.data;
        if (open !== undefined && open.reason === reason && open.methods?.join() === methods?.join()) return [];
        if (open === undefined && Object.keys(state).length >= MOST_HOSTS)
          throw rejected('SECURITY_WORKFLOW_HOSTS_FULL', { host, limit: MOST_HOSTS });
        return [{ type: 'WorkflowHostOpened', data: { ...place, methods: methods === null ? null : [...methods], reason } }];
      }
      case 'CloseWorkflowHost':
        if (open === undefined) throw rejected('SECURITY_WORKFLOW_HOST_NOT_OPEN', { host: keyOf(place) });
        return [{ type: 'WorkflowHostClosed', data: place }];
    }
  },
  evolve(state, event) {
    const key = keyOf(event.data);
    if (event.type === 'WorkflowHostOpened') return { ...state, [key]: event.data };
    const { [key]: _closed, ...others } = state;
    return others;
  },
  initialState: {},
};

/** The open hosts in the form in which grants of extensions are judged. */
export function scopesOf(hosts: WorkflowHosts): readonly HttpScope[] {
  return Object.values(hosts).map(({ host, scheme, port, methods }) => ({ host, scheme, port, ...(methods === null ? {} : { methods }) }));
}

function keyOf({ scheme, host, port }: Pick<WorkflowHost, 'scheme' | 'host' | 'port'>): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

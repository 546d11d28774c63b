// Decides which private hosts extensions may reach: opened by name, for one tenant or all, and only into named networks.
import { rejected, streamId, type Decider } from '@kari/kernel';
import { isNetwork, judgeAddress, liesWithin } from './address.rules.js';
import type { PrivateHostCommand } from './private-host.commands.js';
import type { PrivateHostEvent } from './private-host.events.js';
import { normalisedHost } from './target.rules.js';

export interface OpenHost {
  readonly host: string;
  readonly networks: readonly string[];
  readonly tenant: string | null;
  readonly reason: string;
}

/** By tenant and host, see `keyOf`. */
export type PrivateHosts = Readonly<Record<string, OpenHost>>;

export const PRIVATE_HOSTS = streamId('security.private-host', '_', 'all');

export const privateHostDecider: Decider<PrivateHostCommand, PrivateHostEvent, PrivateHosts> = {
  decide(command, state) {
    const host = normalisedHost(command.data.host);
    if (host === null)
      throw rejected('SECURITY_PRIVATE_HOST_INVALID', { host: command.data.host, reason: 'it is neither a host name nor an address' });
    const { tenant } = command.data;
    const open = state[keyOf(host, tenant)];
    switch (command.type) {
      case 'OpenPrivateHost': {
        const { networks, reason } = command.data;
        refuseUnusable(host, networks);
        if (open !== undefined && open.reason === reason && open.networks.join() === networks.join()) return [];
        return [{ type: 'PrivateHostOpened', data: { host, networks: [...networks], tenant, reason } }];
      }
      case 'ClosePrivateHost':
        if (open === undefined) throw rejected('SECURITY_PRIVATE_HOST_NOT_OPEN', { host });
        return [{ type: 'PrivateHostClosed', data: { host, tenant } }];
    }
  },
  evolve(state, event) {
    const key = keyOf(event.data.host, event.data.tenant);
    if (event.type === 'PrivateHostOpened') return { ...state, [key]: event.data };
    const { [key]: _closed, ...others } = state;
    return others;
  },
  initialState: {},
};

/** Whether an operator has opened this host, for this tenant, towards this address. */
export function isOpenTo(hosts: PrivateHosts, tenant: string, host: string, address: string): boolean {
  return [hosts[keyOf(host, tenant)], hosts[keyOf(host, null)]].some((open) => open !== undefined && liesWithin(address, open.networks));
}

function refuseUnusable(host: string, networks: readonly string[]): void {
  const broken = networks.find((network) => !isNetwork(network));
  if (broken !== undefined)
    throw rejected('SECURITY_PRIVATE_HOST_INVALID', { host, reason: `${broken} is not a network in CIDR notation` });
  for (const network of networks) {
    const verdict = judgeAddress(network.slice(0, network.indexOf('/')));
    if (verdict.public) throw rejected('SECURITY_PRIVATE_HOST_INVALID', { host, reason: `${network} is public and needs no opening` });
    if (!verdict.openable)
      throw rejected('SECURITY_PRIVATE_HOST_INVALID', { host, reason: `${network} is ${verdict.range}, which names no single host` });
  }
}

function keyOf(host: string, tenant: string | null): string {
  return `${tenant ?? '*'} ${host}`;
}

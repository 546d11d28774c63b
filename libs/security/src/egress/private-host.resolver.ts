// Private hosts and outgoing calls in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { EgressMeter } from './egress-meter.js';
import { Egress } from './egress.js';
import type { PrivateHosts } from './private-host.decider.js';
import {
  ChangedPrivateHosts,
  changedPrivateHosts,
  EgressCount,
  openHostsOf,
  OpenPrivateHostInput,
  PrivateHost,
} from './private-host.graphql.js';

@Resolver()
export class PrivateHostResolver {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    private readonly egress: Egress,
    private readonly meter: EgressMeter,
  ) {}

  @Query(() => [PrivateHost], { description: 'Private hosts that extensions may reach, by name.' })
  @Operation({ right: 'egress.read', scope: 'platform', audit: 'entry' })
  async privateHosts(): Promise<readonly PrivateHost[]> {
    return openHostsOf(await this.egress.openPrivateHosts());
  }

  @Query(() => [EgressCount], { description: 'Outgoing calls of the extensions of this tenant, on this host.' })
  @Operation({ right: 'usage.read', scope: 'tenant', audit: 'entry' })
  egressCounts(@Caller() { tenant }: RequestContext): readonly EgressCount[] {
    return this.meter.ofTenant(tenant);
  }

  @Mutation(() => ChangedPrivateHosts, { description: 'Lets extensions reach a host in the own network.' })
  @Operation({ right: 'egress.manage', scope: 'platform', audit: 'command' })
  async openPrivateHost(@Args('input') input: OpenPrivateHostInput, @Caller() caller: RequestContext): Promise<ChangedPrivateHosts> {
    const data = { ...input, tenant: input.tenant ?? null };
    return changedPrivateHosts(await this.bus.send<PrivateHosts>({ type: 'OpenPrivateHost', data }, caller));
  }

  @Mutation(() => ChangedPrivateHosts)
  @Operation({ right: 'egress.manage', scope: 'platform', audit: 'command' })
  async closePrivateHost(
    @Args('host', { type: () => String }) host: string,
    @Args('tenant', { type: () => ID, nullable: true, description: 'As it was opened.' }) tenant: string | null,
    @Caller() caller: RequestContext,
  ): Promise<ChangedPrivateHosts> {
    return changedPrivateHosts(
      await this.bus.send<PrivateHosts>({ type: 'ClosePrivateHost', data: { host, tenant: tenant ?? null } }, caller),
    );
  }
}

// The hosts of workflows in the API.
import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import type { WorkflowHosts } from './workflow-host.decider.js';
import {
  ChangedWorkflowHosts,
  changedWorkflowHosts,
  OpenWorkflowHostInput,
  placeIn,
  WorkflowHost,
  WorkflowHostInput,
  workflowHostsOf,
} from './workflow-host.graphql.js';
import { WorkflowEgress } from './workflow-egress.js';

@Resolver()
export class WorkflowHostResolver {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    private readonly egress: WorkflowEgress,
  ) {}

  @Query(() => [WorkflowHost], { description: 'Hosts that the workflows of this tenant may call.' })
  @Operation({ right: 'host.read', scope: 'tenant', audit: 'entry' })
  async workflowHosts(@Caller() { tenant }: RequestContext): Promise<readonly WorkflowHost[]> {
    return workflowHostsOf(await this.egress.openHosts(tenant));
  }

  @Mutation(() => ChangedWorkflowHosts, { description: 'Lets the workflows of this tenant call a host.' })
  @Operation({ right: 'host.manage', scope: 'tenant', audit: 'command' })
  async openWorkflowHost(@Args('input') input: OpenWorkflowHostInput, @Caller() caller: RequestContext): Promise<ChangedWorkflowHosts> {
    const data = { ...placeIn(input), methods: input.methods ?? null, reason: input.reason };
    return changedWorkflowHosts(await this.bus.send<WorkflowHosts>({ type: 'OpenWorkflowHost', data }, caller));
  }

  @Mutation(() => ChangedWorkflowHosts, { description: 'No call goes there any more, of runs under way either.' })
  @Operation({ right: 'host.manage', scope: 'tenant', audit: 'command' })
  async closeWorkflowHost(@Args('input') input: WorkflowHostInput, @Caller() caller: RequestContext): Promise<ChangedWorkflowHosts> {
    return changedWorkflowHosts(await this.bus.send<WorkflowHosts>({ type: 'CloseWorkflowHost', data: placeIn(input) }, caller));
  }
}

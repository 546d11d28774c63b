// The way out: the capability `http`, calls of workflows, pools and meters, and the hosts that are opened to them.
import { Global, Inject, Module } from '@nestjs/common';
import { COMMANDS, EVENTS, type AnyCommandDefinition, type AnyEventDefinition, type Registry } from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { OUTGOING_CALLS } from './contract.js';
import { ConnectionPools } from './egress/connection-pools.js';
import { EgressMeter } from './egress/egress-meter.js';
import { Egress } from './egress/egress.js';
import { httpCapability } from './egress/http.capability.js';
import { dnsResolver } from './egress/dns-resolver.adapter.js';
import { EGRESS_CONNECTOR, EGRESS_RESOLVER, systemConnector } from './egress/network.js';
import { privateHostCommands } from './egress/private-host.definitions.js';
import { privateHostEvents } from './egress/private-host.events.js';
import { PrivateHostResolver } from './egress/private-host.resolver.js';
import { WorkflowEgress } from './egress/workflow-egress.js';
import { workflowHostCommands } from './egress/workflow-host.definitions.js';
import { workflowHostEvents } from './egress/workflow-host.events.js';
import { WorkflowHostResolver } from './egress/workflow-host.resolver.js';

@Global()
@Module({
  providers: [
    ConnectionPools,
    Egress,
    EgressMeter,
    PrivateHostResolver,
    WorkflowEgress,
    WorkflowHostResolver,
    { provide: EGRESS_CONNECTOR, useFactory: () => systemConnector() },
    { provide: EGRESS_RESOLVER, useFactory: () => dnsResolver() },
    { provide: OUTGOING_CALLS, useExisting: WorkflowEgress },
  ],
  exports: [OUTGOING_CALLS],
})
export class SecurityModule {
  constructor(
    egress: Egress,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(...privateHostCommands, ...workflowHostCommands);
    events.add(...privateHostEvents, ...workflowHostEvents);
    capabilities.add(httpCapability(egress));
  }
}

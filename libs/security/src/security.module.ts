// The way out: the capability `http`, calls of workflows, pools and meters, and the hosts that are opened to them. Rights of extensions.
import { Global, Inject, Module } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import {
  COMMANDS,
  EVENTS,
  REACTORS,
  type AnyCommandDefinition,
  type AnyEventDefinition,
  type Reactor,
  type Registry,
} from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { EXTENSION_RIGHTS, OUTGOING_CALLS } from './contract.js';
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
import { DeclaredRights } from './rights/declared-rights.js';
import { ForgottenRights } from './rights/forgotten-rights.reactor.js';
import { rightRolesCommands } from './rights/right-roles.definitions.js';
import { rightRolesEvents } from './rights/right-roles.events.js';
import { RightResolver } from './rights/right.resolver.js';

@Global()
@Module({
  providers: [
    ConnectionPools,
    DeclaredRights,
    Egress,
    EgressMeter,
    ForgottenRights,
    PrivateHostResolver,
    RightResolver,
    WorkflowEgress,
    WorkflowHostResolver,
    { provide: EGRESS_CONNECTOR, useFactory: () => systemConnector() },
    { provide: EGRESS_RESOLVER, useFactory: () => dnsResolver() },
    { provide: EXTENSION_RIGHTS, useExisting: DeclaredRights },
    { provide: OUTGOING_CALLS, useExisting: WorkflowEgress },
  ],
  exports: [EXTENSION_RIGHTS, OUTGOING_CALLS],
})
export class SecurityModule {
  constructor(
    egress: Egress,
    forgotten: ForgottenRights,
    @Inject(INSTALLATIONS) installations: Installations,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(REACTORS) reactors: Registry<Reactor>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(...privateHostCommands, ...workflowHostCommands, ...rightRolesCommands(installations));
    events.add(...privateHostEvents, ...workflowHostEvents, ...rightRolesEvents);
    reactors.add(forgotten);
    capabilities.add(httpCapability(egress));
  }
}

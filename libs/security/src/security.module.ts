// The way out: the capability `http`, its pools and meters, and the private hosts that operators open.
import { Global, Inject, Module } from '@nestjs/common';
import { COMMANDS, EVENTS, type AnyCommandDefinition, type AnyEventDefinition, type Registry } from '@kari/platform/registry';
import { CAPABILITIES, type Capability } from '@kari/sandbox/contract';
import { ConnectionPools } from './egress/connection-pools.js';
import { EgressMeter } from './egress/egress-meter.js';
import { Egress } from './egress/egress.js';
import { httpCapability } from './egress/http.capability.js';
import { dnsResolver } from './egress/dns-resolver.adapter.js';
import { EGRESS_CONNECTOR, EGRESS_RESOLVER, systemConnector } from './egress/network.js';
import { privateHostCommands } from './egress/private-host.definitions.js';
import { privateHostEvents } from './egress/private-host.events.js';
import { PrivateHostResolver } from './egress/private-host.resolver.js';

@Global()
@Module({
  providers: [
    ConnectionPools,
    Egress,
    EgressMeter,
    PrivateHostResolver,
    { provide: EGRESS_CONNECTOR, useFactory: () => systemConnector() },
    { provide: EGRESS_RESOLVER, useFactory: () => dnsResolver() },
  ],
})
export class SecurityModule {
  constructor(
    egress: Egress,
    @Inject(COMMANDS) commands: Registry<AnyCommandDefinition>,
    @Inject(EVENTS) events: Registry<AnyEventDefinition>,
    @Inject(CAPABILITIES) capabilities: Registry<Capability>,
  ) {
    commands.add(...privateHostCommands);
    events.add(...privateHostEvents);
    capabilities.add(httpCapability(egress));
  }
}

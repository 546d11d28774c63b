// In development the tenant `demo` has the sample extensions from its first start. Each is installed once: whoever removes one has removed it.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, derivedId, TIMERS, type Clock, type RequestContext, type Timers } from '@kari/kernel';
import { EXTENSION_MANAGER, INSTALLATIONS, type ExtensionManagement, type Installations } from '@kari/extension/contract';
import { systemPrincipal } from '@kari/platform/command-bus';
import { LOGGER, type Logger } from '@kari/platform/telemetry';

/** In the order of their dependencies. */
const SAMPLES = ['kari.hello', 'kari.core', 'kari.briefing'] as const;
const PATIENCE_MS = 15_000;
const LOOK_MS = 10;

@Injectable()
export class Samples {
  constructor(
    @Inject(EXTENSION_MANAGER) private readonly manager: ExtensionManagement,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers the samples that are enabled in that tenant when it returns; one that fails is logged and keeps nothing else. */
  async enableFor(tenant: string): Promise<readonly string[]> {
    for (const extension of SAMPLES) {
      try {
        await this.install(extension, tenant);
      } catch (error) {
        this.logger.warn({ extension, tenant, error }, 'a sample extension could not be installed');
      }
    }
    return SAMPLES.filter((extension) => this.installations.find(tenant, extension)?.status === 'enabled');
  }

  private async install(extension: string, tenant: string): Promise<void> {
    // One id for all starts: a repeat is answered by the first, and a sample that somebody removed stays away.
    const commandId = derivedId('samples', tenant, extension);
    const caller: RequestContext = { principal: systemPrincipal('samples'), tenant, correlationId: commandId, commandId };
    await this.manager.install({ extension, version: null, consented: this.manager.consentFor(tenant, extension), enable: true }, caller);
    const until = this.clock.monotonic() + PATIENCE_MS;
    while (this.installations.find(tenant, extension)?.status === 'installing' && this.clock.monotonic() < until)
      await this.timers.sleep(LOOK_MS);
  }
}

// Tells this process of every change of a configuration, from the start of the log: listeners, and the global values that tenants inherit.
import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { FoldedConfigurations } from './configurations.js';

@Injectable()
export class ConfigurationChanges implements Reactor {
  readonly name = 'data.configuration-changes';
  readonly handles = ['ConfigurationSet', 'ConfigurationCleared'] as const;
  readonly runs = 'everywhere';
  readonly replay = true;

  constructor(@Inject(FoldedConfigurations) private readonly configurations: FoldedConfigurations) {}

  react(event: RecordedEvent): Promise<void> {
    this.configurations.changed(event);
    return Promise.resolve();
  }
}

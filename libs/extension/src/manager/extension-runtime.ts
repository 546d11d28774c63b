// What the composition root calls once everything stands: packages are found, open installs taken up, eager extensions started.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { TIMERS, type RequestContext, type Timers } from '@kari/kernel';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { ExtensionRuntime, ScanReport } from '../contract.js';
import { Discovery } from '../discovery/discovery.js';
import { watchFolders, type FolderWatch } from '../discovery/folder-watch.adapter.js';
import { InstallationWorkReactor } from '../installation/installation-work.reactor.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { TrialReactor } from '../upgrade/trial.reactor.js';
import { ExtensionManagerReactor } from './extension-manager.reactor.js';

@Injectable()
export class ExtensionPlatform implements ExtensionRuntime, OnApplicationShutdown {
  private watching: FolderWatch | null = null;

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(Discovery) private readonly discovery: Discovery,
    @Inject(InstallationWorkReactor) private readonly work: InstallationWorkReactor,
    @Inject(TrialReactor) private readonly trials: TrialReactor,
    @Inject(ExtensionManagerReactor) private readonly manager: ExtensionManagerReactor,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  ready(): Promise<void> {
    return this.snapshot.caughtUp();
  }

  scan(caller?: RequestContext): Promise<ScanReport> {
    return this.discovery.scan(caller);
  }

  async start(): Promise<void> {
    await this.ready();
    this.work.start();
    this.trials.start();
    const folders = this.settings.directories.map(({ path }) => path);
    if (this.settings.watch) this.watching ??= await watchFolders(folders, this.timers, () => this.rescan());
    await this.manager.start();
  }

  onApplicationShutdown(): void {
    this.watching?.stop();
  }

  private rescan(): void {
    this.discovery.scan().catch((error: unknown) => this.logger.error({ error }, 'looking for changed packages failed'));
  }
}

// What this host can do and has proven: prepares engine, runner and filter once, runs the self-test, and keeps the launcher it justifies.
import { join } from 'node:path';
import { isoNow, type Clock, type Ids, type Random, type Timers } from '@kari/kernel';
import type { Logger } from '@kari/platform/telemetry';
import { recordOwned, killOrphans } from '@kari/platform/process';
import { CageLauncher } from '../launcher/cage.adapter.js';
import { findControlGroups } from '../launcher/cgroup.adapter.js';
import { DenoLauncher } from '../launcher/deno.adapter.js';
import type { Launcher } from '../launcher/launcher.port.js';
import { findPrograms, librariesOf } from '../launcher/programs.adapter.js';
import { Provisions, type Contents } from '../launcher/provisions.adapter.js';
import { seccompFilter } from '../launcher/seccomp.rules.js';
import { UidPool } from '../launcher/uid-pool.js';
import { SelfTest } from './self-test.js';
import { judge, type Judgement } from './self-test.rules.js';

export interface IsolationSources {
  readonly engine: string;
  readonly runner: string;
  /** Copies of engine and runner, one folder per process. Root: outside of any private folder. */
  readonly folder: string;
  /** Where running sandboxes are written down, so that the next start can end those of a host that was killed. */
  readonly ledgerFolder: string;
  readonly contents: Contents;
}

export interface IsolationTools {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
}

export interface SelfTestReport extends Judgement {
  readonly at: string;
  readonly milliseconds: number;
}

const MOST_TRIES = 3;

const unproven: SelfTestReport = { level: null, features: [], reason: 'the self-test has not run yet', at: '', milliseconds: 0 };

export class Isolation {
  private lastReport = unproven;
  private launcher: Launcher | null = null;
  private provisions: Provisions | null = null;
  private running: Promise<SelfTestReport> | null = null;

  constructor(
    /** Asked when it is proven: a process without the role of host needs neither engine nor runner. */
    private readonly sources: () => IsolationSources,
    private readonly tools: IsolationTools,
  ) {}

  report(): SelfTestReport {
    return this.lastReport;
  }

  best(): { readonly launcher: Launcher | null; readonly reason: string | null } {
    return { launcher: this.launcher, reason: this.lastReport.reason };
  }

  /** Runs the self-test; asked twice at once, it runs once. Running sandboxes are not touched. */
  prove(): Promise<SelfTestReport> {
    this.running ??= this.measure().finally(() => (this.running = null));
    return this.running;
  }

  dispose(): void {
    this.provisions?.dispose();
  }

  private async measure(): Promise<SelfTestReport> {
    const { clock, logger } = this.tools;
    const began = clock.monotonic();
    let judgement: Judgement;
    try {
      judgement = await this.tryEverything();
    } catch (error) {
      this.launcher = null;
      judgement = { level: null, features: [], reason: error instanceof Error ? error.message : String(error) };
    }
    this.lastReport = { ...judgement, at: isoNow(clock), milliseconds: Math.round(clock.monotonic() - began) };
    const { level, reason, features } = this.lastReport;
    logger[level === null ? 'error' : 'info']({ level, reason, features }, 'sandbox self-test');
    return this.lastReport;
  }

  private async tryEverything(): Promise<Judgement> {
    const { engine, runner, folder, ledgerFolder, contents } = this.sources();
    if (this.provisions === null) await killOrphans(ledgerFolder);
    this.provisions ??= await Provisions.prepare({ engine, runner, folder });
    const provisions = this.provisions;
    const programs = await findPrograms();
    const groups = findControlGroups();
    groups.groups?.removeLeftOvers();
    const uids = process.getuid?.() === 0 ? new UidPool(this.tools.random) : null;
    const libraries = programs.bwrap === null ? [] : await librariesOf(provisions.engine);
    const filter = this.filterFor(provisions);
    const parts = { provisions, programs, uids, timers: this.tools.timers };
    const test = new SelfTest({
      launcher: { provisions, uids },
      programs,
      libraries,
      filter,
      groups,
      folder: join(folder, 'self-test'),
      ...this.tools,
    });
    let judgement = judge(await test.observe());
    // A run that came too late on a busy host proves nothing either way: what is not proven is measured again.
    for (let tries = 1; judgement.level === null && tries < MOST_TRIES; tries += 1) judgement = judge(await test.observe());

    const ledger = recordOwned(ledgerFolder);
    if (judgement.level === null) this.launcher = null;
    else if (judgement.level === 'L1' || filter === null) this.launcher = new DenoLauncher({ ...parts, contents }, ledger);
    else {
      this.launcher = new CageLauncher(
        { ...parts, contents, libraries, filter, groups: judgement.level === 'L2' ? groups.groups : null },
        ledger,
      );
    }
    return judgement;
  }

  /** Compared with the generated bytes at each start; null where no program is known. */
  private filterFor(provisions: Provisions): string | null {
    if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
    return provisions.fixture(`filter.${process.arch}.bpf`, seccompFilter(process.arch));
  }
}

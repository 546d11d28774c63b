// L2: the engine in a bubblewrap cage with a seccomp filter, in a control group of its own; L1+cage where no group can be made.
import { closeSync, openSync } from 'node:fs';
import { spawnOwned, type ProcessLedger } from '@kari/platform/process';
import type { ControlGroups } from './cgroup.adapter.js';
import { sealedStdio } from './descriptors.adapter.js';
import { startRefused, type LauncherParts } from './launcher-parts.js';
import { RunningProcess } from './launched-process.js';
import type { LaunchedProcess, Launcher, LaunchOrder } from './launcher.port.js';
import { cageLine } from './spawn-line.rules.js';

export interface CageParts extends LauncherParts {
  readonly libraries: readonly string[];
  /** File with the seccomp program. */
  readonly filter: string;
  readonly groups: ControlGroups | null;
}

export class CageLauncher implements Launcher {
  readonly level: 'L1+cage' | 'L2';

  constructor(
    private readonly parts: CageParts,
    private readonly ledger?: ProcessLedger,
  ) {
    this.level = parts.groups === null ? 'L1+cage' : 'L2';
  }

  async launch({ process: id, resources, bundleHash, assets }: LaunchOrder): Promise<LaunchedProcess> {
    const { provisions, contents, programs, uids, groups, libraries, filter, engineUnchecked, timers } = this.parts;
    const folder = await provisions.processFolder(contents, { process: id, bundleHash, bundleLimit: resources.bundleBytes, assets });
    const uid = uids?.lease() ?? null;
    const group = groups?.create(id, resources) ?? null;
    const release = () => {
      folder.remove();
      if (uid !== null) uids?.release(uid);
    };
    // Opened anew for every spawn: bubblewrap reads it to its end, and a duplicate would share the offset.
    const descriptor = openSync(filter, 'r');
    const sealed = sealedStdio([descriptor]);
    try {
      const { file, args, environment } = cageLine({
        files: folder.files,
        resources,
        programs,
        uid,
        platform: process.platform,
        libraries,
        joins: group?.joins ?? [],
        engineUnchecked: engineUnchecked ?? false,
      });
      const child = spawnOwned(file, args, {
        kind: 'sandbox',
        cwd: provisions.nowhere,
        environment,
        stdio: sealed.stdio,
        ...(this.ledger === undefined ? {} : { ledger: this.ledger }),
      });
      return new RunningProcess({ process: id, level: this.level, child, group, timers, release });
    } catch (error) {
      group?.remove();
      release();
      throw startRefused(error);
    } finally {
      sealed.close();
      closeSync(descriptor);
    }
  }
}

// L1: the engine with every permission denied, and nothing else around it.
import { spawnOwned, type ProcessLedger } from '@kari/platform/process';
import { sealedStdio } from './descriptors.adapter.js';
import { startRefused, type LauncherParts } from './launcher-parts.js';
import { RunningProcess } from './launched-process.js';
import type { LaunchedProcess, Launcher, LaunchOrder } from './launcher.port.js';
import { denoLine } from './spawn-line.rules.js';

export class DenoLauncher implements Launcher {
  readonly level = 'L1';

  constructor(
    private readonly parts: LauncherParts,
    private readonly ledger?: ProcessLedger,
  ) {}

  async launch({ process: id, resources, bundleHash, assets }: LaunchOrder): Promise<LaunchedProcess> {
    const { provisions, contents, programs, uids, engineUnchecked, timers } = this.parts;
    const folder = await provisions.processFolder(contents, { process: id, bundleHash, bundleLimit: resources.bundleBytes, assets });
    const uid = uids?.lease() ?? null;
    const release = () => {
      folder.remove();
      if (uid !== null) uids?.release(uid);
    };
    const sealed = sealedStdio();
    try {
      const options = {
        files: folder.files,
        resources,
        programs,
        uid,
        platform: process.platform,
        engineUnchecked: engineUnchecked ?? false,
      };
      const { file, args, environment } = denoLine(options);
      const child = spawnOwned(file, args, {
        kind: 'sandbox',
        cwd: provisions.nowhere,
        environment,
        stdio: sealed.stdio,
        ...(this.ledger === undefined ? {} : { ledger: this.ledger }),
      });
      return new RunningProcess({ process: id, level: this.level, child, group: null, timers, release });
    } catch (error) {
      release();
      throw startRefused(error);
    } finally {
      sealed.close();
    }
  }
}

// Real sandbox processes for tests: the runner built from source, its files in a folder that any uid may enter, launchers at every level.
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemRandom, systemTimers } from '@kari/platform/time';
import { runToCompletion } from '@kari/platform/process';
import { CageLauncher } from '../../libs/sandbox/src/launcher/cage.adapter.js';
import { findControlGroups } from '../../libs/sandbox/src/launcher/cgroup.adapter.js';
import { DenoLauncher } from '../../libs/sandbox/src/launcher/deno.adapter.js';
import type { LaunchedProcess, Launcher } from '../../libs/sandbox/src/launcher/launcher.port.js';
import type { LauncherParts } from '../../libs/sandbox/src/launcher/launcher-parts.js';
import { findEngine } from '../../libs/sandbox/src/launcher/engine.adapter.js';
import { findPrograms, librariesOf } from '../../libs/sandbox/src/launcher/programs.adapter.js';
import { Provisions } from '../../libs/sandbox/src/launcher/provisions.adapter.js';
import { resourceClasses, type ResourceClassName } from '../../libs/sandbox/src/launcher/resource-class.rules.js';
import { seccompFilter } from '../../libs/sandbox/src/launcher/seccomp.rules.js';
import { UidPool } from '../../libs/sandbox/src/launcher/uid-pool.js';

const root = process.cwd();

/** Bytes by hash, as the blob store keeps them; `tamper` changes them behind their hash. */
export class MemoryContents {
  private readonly bytes = new Map<string, Uint8Array>();

  add(content: string | Uint8Array): string {
    const bytes = Buffer.from(content);
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.bytes.set(hash, bytes);
    return hash;
  }

  tamper(hash: string, content: string): void {
    this.bytes.set(hash, Buffer.from(content));
  }

  get(hash: string): Promise<Uint8Array> {
    const bytes = this.bytes.get(hash);
    return bytes === undefined ? Promise.reject(new Error(`no blob ${hash}`)) : Promise.resolve(bytes);
  }
}

export interface Launchers {
  readonly folder: string;
  readonly contents: MemoryContents;
  readonly provisions: Provisions;
  readonly parts: LauncherParts;
  at(level: 'L1' | 'L1+cage' | 'L2', options?: { readonly engineUnchecked?: boolean }): Promise<Launcher>;
  launch(
    level: 'L1' | 'L1+cage' | 'L2',
    bundle: string,
    resources?: ResourceClassName,
    options?: { engineUnchecked?: boolean },
  ): Promise<LaunchedProcess>;
  dispose(): Promise<void>;
}

/** `runner`: one that was built before, for whoever may not write where it is built. */
export async function launchers(runner?: string): Promise<Launchers> {
  // A temporary folder is private by default, and a sandbox with a uid of its own could not enter it.
  const folder = mkdtempSync(join(tmpdir(), 'kari-sandbox-'));
  const contents = new MemoryContents();
  const provisions = await Provisions.prepare({
    engine: findEngine(),
    runner: runner ?? (await builtRunner()),
    folder: join(folder, 'open'),
  });
  if (process.getuid?.() === 0) chmodSync(folder, 0o755);
  const programs = await findPrograms();
  const uids = process.getuid?.() === 0 ? new UidPool(systemRandom) : null;
  const parts = { provisions, contents, programs, uids, timers: systemTimers };
  const running = new Set<LaunchedProcess>();
  const at: Launchers['at'] = async (level, { engineUnchecked = false } = {}) => {
    if (level === 'L1') return new DenoLauncher({ ...parts, engineUnchecked });
    const libraries = await librariesOf(provisions.engine);
    const filter = provisions.fixture('filter.bpf', seccompFilter(process.arch === 'arm64' ? 'arm64' : 'x64'));
    return new CageLauncher({ ...parts, libraries, filter, groups: level === 'L2' ? findControlGroups().groups : null, engineUnchecked });
  };
  return {
    folder,
    contents,
    provisions,
    parts,
    at,
    launch: async (level, bundle, resources = 'S', options = {}) => {
      const launcher = await at(level, options);
      const order = { process: randomUUID(), resources: resourceClasses[resources], bundleHash: contents.add(bundle), assets: {} };
      const launched = await launcher.launch(order);
      running.add(launched);
      void launched.ended.then(() => running.delete(launched));
      return launched;
    },
    dispose: async () => {
      for (const launched of running) launched.kill('stopped');
      await Promise.all([...running].map((launched) => launched.ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let built: Promise<string> | null = null;

/** The runner, bundled from the sources once per run of a test file. */
export function builtRunner(): Promise<string> {
  built ??= buildRunner();
  return built;
}

async function buildRunner(): Promise<string> {
  const outfile = join(root, '.cache', 'test', String(process.pid), 'runner.mjs');
  mkdirSync(dirname(outfile), { recursive: true });
  const done = await runToCompletion(process.execPath, [join(root, 'apps/runner/build.mjs'), outfile], {
    kind: 'build',
    cwd: root,
    environment: {},
    timeoutMs: 60_000,
  });
  if (done.code !== 0 || !existsSync(outfile)) throw new Error(`the runner was not built: ${done.stderr}`);
  return outfile;
}

export function fixture(name: string): string {
  return readFileSync(join(root, 'test/fixtures/extensions', name, 'bundle.mjs'), 'utf8');
}

// Measures the isolation level instead of believing a setting: runs one piece of hostile code outside, at L1, and in the cage with the
// engine's own checks switched off, and looks at what got through.
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Clock, Ids, Random, Timers } from '@kari/kernel';
import { spawnOwned } from '@kari/platform/process';
import { BrokerError } from '@kari/protocol/broker';
import { CageLauncher } from '../launcher/cage.adapter.js';
import type { ControlGroups, ControlGroupsFound } from '../launcher/cgroup.adapter.js';
import { DenoLauncher } from '../launcher/deno.adapter.js';
import type { ExitReason } from '../launcher/exit-reason.rules.js';
import type { LaunchedProcess, Launcher } from '../launcher/launcher.port.js';
import type { LauncherParts } from '../launcher/launcher-parts.js';
import { RunningProcess } from '../launcher/launched-process.js';
import type { FoundPrograms } from '../launcher/programs.adapter.js';
import { cpuShare, processLimit, resourceClasses } from '../launcher/resource-class.rules.js';
import { SandboxChannel } from '../supervision/sandbox-channel.js';
import { probeBundle } from './probe-bundle.js';
import type { Attempt, CageAttempt, GroupAttempt, Observations, ProbeAnswers, ProcessFacts } from './self-test.rules.js';

export interface SelfTestParts {
  readonly launcher: Omit<LauncherParts, 'contents' | 'programs' | 'timers'>;
  readonly programs: FoundPrograms;
  readonly libraries: readonly string[];
  readonly filter: string | null;
  readonly groups: ControlGroupsFound;
  /** Where canaries may be made, enterable by the sandboxes. */
  readonly folder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: Ids;
  readonly random: Random;
}

const ANSWER_MS = 5000;
const OVER_THE_LIMIT_MEBIBYTES = 160;
const VARIABLE = 'KARI_SELF_TEST_CANARY';

export class SelfTest {
  private readonly bundleHash = createHash('sha256').update(probeBundle).digest('hex');
  private readonly launcherParts: LauncherParts;

  constructor(private readonly parts: SelfTestParts) {
    const contents = { get: () => Promise.resolve(Buffer.from(probeBundle)) };
    this.launcherParts = { ...parts.launcher, programs: parts.programs, timers: parts.timers, contents };
  }

  async observe(): Promise<Observations> {
    const canary = await Canary.make(this.parts.folder);
    const { programs, groups } = this.parts;
    try {
      const cageParts = this.cageParts();
      // One after the other: the listener's hits must belong to one run.
      const control = await this.attempt(canary, () => this.unsandboxed(canary));
      const l1 = await this.attempt(canary, () => this.launch(new DenoLauncher(this.launcherParts)));
      const cage =
        cageParts === null ? null : await this.cageAttempt(canary, new CageLauncher({ ...cageParts, groups: null, engineUnchecked: true }));
      const group = cageParts === null || groups.groups === null ? null : await this.groupAttempt(cageParts, groups.groups);
      return {
        control,
        l1,
        cage,
        noCage: programs.noBubblewrap ?? (this.parts.filter === null ? 'there is no seccomp filter for this architecture' : null),
        group,
        noGroup: groups.groups === null ? groups.reason : null,
        programs: { setpriv: programs.setpriv !== null, chrt: programs.chrt !== null, prlimit: programs.prlimit !== null },
      };
    } finally {
      await canary.remove();
    }
  }

  private cageParts() {
    const { programs, filter, libraries } = this.parts;
    return programs.bwrap === null || filter === null ? null : { ...this.launcherParts, libraries, filter };
  }

  private async attempt(canary: Canary, launch: () => Promise<LaunchedProcess>): Promise<Attempt> {
    const before = canary.hits;
    let launched: LaunchedProcess | null = null;
    try {
      launched = await launch();
      return {
        answers: await this.ask<ProbeAnswers>(launched, 'plugin:self.probe', canary.target),
        failure: null,
        hits: canary.hits - before,
      };
    } catch (error) {
      return { answers: null, failure: await failureOf(launched, error), hits: canary.hits - before };
    } finally {
      launched?.kill('stopped');
      await launched?.ended;
      canary.unwrite();
    }
  }

  private async cageAttempt(canary: Canary, launcher: Launcher): Promise<CageAttempt> {
    let facts: ProcessFacts | null = null;
    const attempt = await this.attempt(canary, async () => {
      const launched = await this.launch(launcher);
      await this.ask(launched, 'ping', {});
      facts = launched instanceof RunningProcess ? processFacts(launched.enginePid()) : null;
      return launched;
    });
    return { ...attempt, process: facts };
  }

  /** The real L2 line with the engine's checks on: what is judged here is the kernel's limit. */
  private async groupAttempt(cage: NonNullable<ReturnType<SelfTest['cageParts']>>, groups: ControlGroups): Promise<GroupAttempt> {
    const none = { version: groups.version, joined: false, limitsHold: false, oomKills: 0 } as const;
    try {
      const created: { joins: readonly string[] }[] = [];
      const watched: ControlGroups = {
        ...groups,
        create: (name, resources) => {
          const group = groups.create(name, resources);
          created.push(group);
          return group;
        },
      };
      const launched = await this.launch(new CageLauncher({ ...cage, groups: watched }));
      await this.ask(launched, 'ping', {});
      const joins = created[0]?.joins ?? [];
      const engine = launched instanceof RunningProcess ? launched.enginePid() : launched.pid;
      const joined = joins.length > 0 && joins.every((file) => readFileSync(file, 'utf8').split('\n').includes(String(engine)));
      const limitsHold = joins.length > 0 && limitsReadBack(groups.version, joins);
      const fill = this.ask(launched, 'plugin:self.fill', { mebibytes: OVER_THE_LIMIT_MEBIBYTES }).catch(() => null);
      const exit = await Promise.race([launched.ended, fill.then(() => null)]);
      launched.kill('stopped');
      await launched.ended;
      return { version: groups.version, joined, limitsHold, oomKills: exit?.kind === 'memory' ? 1 : 0, failure: null };
    } catch (error) {
      return { ...none, failure: error instanceof Error ? error.message : String(error) };
    }
  }

  private launch(launcher: Launcher): Promise<LaunchedProcess> {
    return launcher.launch({ process: this.parts.ids.next(), resources: resourceClasses.S, bundleHash: this.bundleHash, assets: {} });
  }

  /** The control: the same engine and code with nothing denied, as the host itself. */
  private async unsandboxed(canary: Canary): Promise<LaunchedProcess> {
    const { provisions } = this.parts.launcher;
    const id = this.parts.ids.next();
    const folder = await provisions.processFolder(this.launcherParts.contents, {
      process: id,
      bundleHash: this.bundleHash,
      bundleLimit: Infinity,
      assets: {},
    });
    const args = [
      'run',
      '--no-prompt',
      '--no-config',
      '--no-lock',
      '--no-remote',
      '--no-npm',
      '-A',
      provisions.runner,
      `file://${folder.files.bundleFolder}/bundle.mjs`,
    ];
    const environment = { NO_COLOR: '1', DENO_DIR: `${canary.folder}/cache`, [VARIABLE]: canary.content };
    const child = spawnOwned(provisions.engine, args, {
      kind: 'self-test',
      cwd: canary.folder,
      environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new RunningProcess({ process: id, level: 'L1', child, group: null, timers: this.parts.timers, release: () => folder.remove() });
  }

  private async ask<T>(launched: LaunchedProcess, handler: string, input: unknown): Promise<T> {
    const channel = channelOf(launched, this.parts);
    const timer = new AbortController();
    const late = this.parts.timers.after(ANSWER_MS, () => timer.abort(new BrokerError('DEADLINE', `no answer within ${ANSWER_MS} ms`)));
    try {
      if (handler === 'ping') return (await channel.call('ping', {}, timer.signal)) as T;
      await channel.call('load', { protocol: 1, extension: { id: 'kari.self-test', version: '1.0.0' }, config: {} }, timer.signal);
      return (await channel.call('invoke', { handler, input, context: {} }, timer.signal)) as T;
    } finally {
      late.cancel();
    }
  }
}

const channels = new WeakMap<LaunchedProcess, SandboxChannel>();

function channelOf(launched: LaunchedProcess, { clock, timers }: Pick<SelfTestParts, 'clock' | 'timers'>): SandboxChannel {
  const refuse = () => Promise.reject(new BrokerError('DENIED', 'the self-test has no broker'));
  const ignore = () => undefined;
  const found =
    channels.get(launched) ?? new SandboxChannel(launched, { onCall: refuse, onNotification: ignore, onFault: ignore }, clock, timers);
  channels.set(launched, found);
  return found;
}

async function failureOf(launched: LaunchedProcess | null, error: unknown): Promise<string> {
  const said = error instanceof Error ? error.message : String(error);
  if (launched === null) return said;
  launched.kill('stopped');
  const exit: ExitReason = await launched.ended;
  const words = launched instanceof RunningProcess ? launched.lastWords() : '';
  return [said, exit.kind === 'stopped' ? '' : exit.detail, words].filter(Boolean).join('; ');
}

function processFacts(pid: number): ProcessFacts | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
    return {
      seccomp: Number(field('Seccomp')),
      noNewPrivileges: field('NoNewPrivs') === '1',
      effectiveCapabilities: field('CapEff'),
      uid: Number(field('Uid')),
    };
  } catch {
    return null;
  }
}

function limitsReadBack(version: 1 | 2, joins: readonly string[]): boolean {
  const { memoryBytes } = resourceClasses.S;
  const content = (index: number, file: string) => readFileSync(join(joins[index] ?? '', '..', file), 'utf8').trim();
  if (version === 1) {
    return (
      content(0, 'memory.limit_in_bytes') === String(memoryBytes) &&
      content(1, 'cpu.cfs_quota_us') === String(cpuShare.quotaMicroseconds) &&
      content(2, 'pids.max') === String(processLimit)
    );
  }
  return (
    content(0, 'memory.max') === String(memoryBytes) &&
    content(0, 'cpu.max') === `${cpuShare.quotaMicroseconds} ${cpuShare.periodMicroseconds}` &&
    content(0, 'pids.max') === String(processLimit)
  );
}

/** Bait: a file, a variable in our own environment, and a listener that counts. */
class Canary {
  private constructor(
    readonly folder: string,
    readonly content: string,
    private readonly port: number,
    private readonly counter: { hits: number },
    private readonly close: () => Promise<void>,
  ) {}

  static async make(parent: string): Promise<Canary> {
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, 'canary-'));
    const content = randomBytes(16).toString('hex');
    writeFileSync(join(folder, 'file'), content, { mode: 0o644 });
    writeFileSync(join(folder, 'module.mjs'), `export const content = '${content}';\n`, { mode: 0o644 });
    chmodSync(folder, 0o777);
    process.env[VARIABLE] = content;
    const counter = { hits: 0 };
    const server = createServer((socket) => {
      counter.hits += 1;
      socket.on('error', () => undefined);
      socket.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Canary(folder, content, port, counter, () => new Promise((resolve) => server.close(() => resolve())));
  }

  get hits(): number {
    return this.counter.hits;
  }

  get target(): Readonly<Record<string, unknown>> {
    return {
      file: join(this.folder, 'file'),
      written: join(this.folder, 'written'),
      module: `file://${join(this.folder, 'module.mjs')}`,
      port: this.port,
      variable: VARIABLE,
      content: this.content,
    };
  }

  unwrite(): void {
    const written = join(this.folder, 'written');
    if (existsSync(written)) rmSync(written, { force: true });
  }

  async remove(): Promise<void> {
    delete process.env[VARIABLE];
    rmSync(this.folder, { recursive: true, force: true });
    await this.close();
  }
}

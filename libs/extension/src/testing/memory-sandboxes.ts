// Sandboxes in memory: each call is noted, answers what it is told to, and can be held until a spec lets it go.
import { rejected } from '@kari/kernel';
import type { RegisteredVersion } from '../contract.js';
import type {
  SandboxCandidate,
  SandboxCandidates,
  SandboxInvocation,
  Sandboxes,
  SandboxState,
  SandboxStatus,
} from '@kari/sandbox/contract';

type Behaviour = (invocation: SandboxInvocation) => unknown;

export class MemorySandboxes implements Sandboxes {
  /** `start acme.notes`, `hook:onInstall acme.notes`, `stop acme.notes`, in the order they began. */
  readonly calls: string[] = [];
  readonly running = new Map<string, SandboxStatus>();
  /** Versions on trial; a call of theirs is noted as `candidate hook:onUpgrade acme.notes`. */
  readonly onTrial = new Map<string, SandboxCandidate>();
  readonly candidates: SandboxCandidates = {
    start: (tenant, version) => this.startCandidate(tenant, version),
    invoke: (invocation) => this.invokeCandidate(invocation),
    stop: (tenant, extension) => {
      if (this.onTrial.delete(`${tenant}~${extension}`)) this.calls.push(`candidate stop ${extension}`);
      return Promise.resolve();
    },
    all: () => [...this.onTrial.values()],
  };
  private readonly installed = new Map<string, string>();
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly held = new Set<string>();
  private readonly releases = new Map<string, (() => void)[]>();

  /** What a call does: `on('hook:onInstall', () => { throw ... })`. Without it a hook is missing. */
  on(call: string, behaviour: Behaviour): this {
    this.behaviours.set(call, behaviour);
    return this;
  }

  /** Holds every call of that name until it is released; a held call ends when its signal aborts. */
  hold(call: string): this {
    this.held.add(call);
    return this;
  }

  release(call: string): void {
    this.held.delete(call);
    for (const go of this.releases.get(call) ?? []) go();
    this.releases.delete(call);
  }

  async invoke(invocation: SandboxInvocation): Promise<unknown> {
    const { tenant, extension, handler, signal } = invocation;
    this.calls.push(`${handler} ${extension}`);
    this.mark(tenant, extension, 'ready');
    await this.wait(handler, signal);
    const behaviour = this.behaviours.get(handler);
    if (behaviour === undefined) throw rejected('SANDBOX_NO_HANDLER', { extension, handler });
    return behaviour(invocation);
  }

  async start(tenant: string, extension: string): Promise<void> {
    this.calls.push(`start ${extension}`);
    await this.wait('start', undefined);
    this.behaviours.get('start')?.({ tenant, extension } as SandboxInvocation);
    this.mark(tenant, extension, 'ready');
  }

  private async startCandidate(tenant: string, { extension, version }: RegisteredVersion): Promise<void> {
    this.calls.push(`candidate start ${extension} ${version}`);
    await this.wait('candidate start', undefined);
    await this.wait(`candidate start ${extension}`, undefined);
    this.behaviours.get('candidate start')?.({ tenant, extension } as SandboxInvocation);
    this.onTrial.set(`${tenant}~${extension}`, { tenant, extension, version });
  }

  private async invokeCandidate(invocation: SandboxInvocation): Promise<unknown> {
    const { tenant, extension, handler, signal } = invocation;
    this.calls.push(`candidate ${handler} ${extension}`);
    if (!this.onTrial.has(`${tenant}~${extension}`)) throw rejected('SANDBOX_NO_CANDIDATE', { extension });
    await this.wait(`candidate ${handler}`, signal);
    const behaviour = this.behaviours.get(`candidate ${handler}`);
    if (behaviour === undefined) throw rejected('SANDBOX_NO_HANDLER', { extension, handler });
    return behaviour(invocation);
  }

  stop(tenant: string, extension: string): Promise<void> {
    this.calls.push(`stop ${extension}`);
    this.running.delete(`${tenant}~${extension}`);
    return Promise.resolve();
  }

  stopTenant(): Promise<void> {
    return Promise.resolve();
  }

  statuses(tenant: string): readonly SandboxStatus[] {
    return [...this.running.values()].filter((status) => status.tenant === tenant);
  }

  onStatus(): () => void {
    return () => undefined;
  }

  /** What the host does when the installed version changes: the process of that version takes over. */
  follow(tenant: string, extension: string, installed: string | null): void {
    const key = `${tenant}~${extension}`;
    if (installed !== null) this.installed.set(key, installed);
    const trial = this.onTrial.get(key);
    if (trial === undefined || trial.version !== installed) return;
    this.onTrial.delete(key);
    this.calls.push(`candidate takes over ${extension} ${installed}`);
    this.mark(tenant, extension, 'ready', 'it was on trial', installed);
  }

  mark(
    tenant: string,
    extension: string,
    state: SandboxState,
    reason = 'it was asked to',
    version = this.versionOf(tenant, extension),
  ): void {
    const measures = { level: 'L1', pid: 1, restarts: 0, memoryBytes: null, cpuMilliseconds: null };
    this.running.set(`${tenant}~${extension}`, {
      tenant,
      extension,
      version,
      state,
      reason,
      since: '2026-01-01T00:00:00.000Z',
      ...measures,
    });
  }

  private versionOf(tenant: string, extension: string): string {
    const key = `${tenant}~${extension}`;
    return this.running.get(key)?.version ?? this.installed.get(key) ?? '1.0.0';
  }

  private wait(call: string, signal: AbortSignal | undefined): Promise<void> {
    if (!this.held.has(call)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.releases.set(call, [...(this.releases.get(call) ?? []), resolve]);
      signal?.addEventListener('abort', () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')), {
        once: true,
      });
    });
  }
}

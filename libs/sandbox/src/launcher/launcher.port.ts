// Starts one process for one sandbox. Two adapters: the engine alone (L1) and the engine in a cage (L1+cage, L2).
import type { ExitReason, KillReason } from './exit-reason.rules.js';
import type { ResourceClass } from './resource-class.rules.js';

export interface LaunchOrder {
  /** uuid of the process to be. */
  readonly process: string;
  readonly resources: ResourceClass;
  /** Hex SHA-256 the bundle's bytes must have when they are read. */
  readonly bundleHash: string;
  /** Asset name → hex SHA-256. */
  readonly assets: Readonly<Record<string, string>>;
}

export interface ResourceUse {
  /** Processor time of the whole tree so far. */
  readonly cpuMilliseconds: number;
  readonly memoryBytes: number;
  /** Of the engine's main thread; null where the system does not tell. */
  readonly mainThread: MainThread | null;
}

export interface MainThread {
  readonly ranMs: number;
  /** For how long it wanted to run and could not. The kernel adds a wait when it is over. */
  readonly waitedMs: number;
  /** Runs or wants to run at this moment: it neither sleeps nor is stopped. */
  readonly runnable: boolean;
}

export interface LaunchedProcess {
  readonly process: string;
  readonly pid: number;
  readonly level: 'L1' | 'L1+cage' | 'L2';
  write(line: Uint8Array): void;
  /** Stops and resumes reading its frames: the pipe fills and the extension waits. */
  pause(): void;
  resume(): void;
  onOutput(listener: (chunk: Uint8Array) => void): void;
  onLog(listener: (chunk: Uint8Array) => void): void;
  /** Null once it has ended. */
  use(): ResourceUse | null;
  /** Stops and continues the whole tree without ending it; false where that is impossible. */
  freeze(frozen: boolean): boolean;
  kill(reason: KillReason): void;
  /** Resolves after the process is gone and its group and folder are removed. */
  readonly ended: Promise<ExitReason>;
}

export interface Launcher {
  readonly level: 'L1' | 'L1+cage' | 'L2';
  /** Throws `Rejection` SANDBOX_BUNDLE_CHANGED when bytes and hash differ, SANDBOX_START_FAILED when nothing could be started. */
  launch(order: LaunchOrder): Promise<LaunchedProcess>;
}

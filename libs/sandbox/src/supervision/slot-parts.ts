// What a slot may ask of the host it lives in.
import type { Rejection } from '@kari/kernel';
import type { HandlerName } from '@kari/protocol/broker';
import type { Installation, RegisteredVersion, TrustClass } from '@kari/extension/contract';
import type { SandboxStatus } from '../contract.js';
import type { Launcher } from '../launcher/launcher.port.js';
import type { ResourceClass } from '../launcher/resource-class.rules.js';
import type { Level } from '../level/level.rules.js';
import type { SupervisorTools } from './ports.js';
import type { SandboxProcess } from './sandbox-process.js';
import type { SupervisorCommand } from './supervisor.commands.js';
import type { SupervisorState } from './supervisor.decider.js';

export interface SlotParts {
  readonly tools: SupervisorTools;
  now(): string;
  find(tenant: string, extension: string): Installation | null;
  /** The installation that may run this handler now; throws `Rejection`. */
  admitted(tenant: string, extension: string, handler: HandlerName): Installation;
  /** The installation that may be started though nobody calls; throws `Rejection`. */
  admittedAgain(tenant: string, extension: string): Installation;
  resourcesOf(version: RegisteredVersion): ResourceClass;
  /** The best launcher that the self-test proved, and why it is not a better one. */
  isolation(): { readonly launcher: Launcher | null; readonly reason: string | null };
  minimumLevel(trust: TrustClass): Promise<Level>;
  suffices(reached: Level, needed: Level): boolean;
  /** Evicts an idle sandbox where the host is full; throws `Rejection` SANDBOX_TOO_MANY. */
  makeRoom(asking: { readonly tenant: string; readonly extension: string }): Promise<void>;
  /** Started, not loaded yet. */
  launch(tenant: string, version: RegisteredVersion, launcher: Launcher, process: string): Promise<SandboxProcess>;
  /** The same `commandId` twice is the same command. */
  send(tenant: string, command: SupervisorCommand, commandId: string): Promise<SupervisorState>;
  /** Tries again while the log cannot be reached. */
  persist(work: () => Promise<void>): Promise<void>;
  changed(status: SandboxStatus): void;
  words(rejection: Rejection): string;
  /** Throws `Rejection` SANDBOX_HOST_STOPPING once the host ends. */
  assertOpen(): void;
}

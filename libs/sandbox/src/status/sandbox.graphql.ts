// Sandboxes in the public schema.
import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome, RecordedEvent } from '@kari/kernel';
import { idOf } from '@kari/kernel';
import type { Decision } from '../broker/decision.rules.js';
import type { SandboxState } from '../contract.js';
import type { SelfTestReport } from '../level/isolation.js';
import { levelWarnings } from '../level/minimum-level.decider.js';
import { trustClasses, type Level, type MinimumLevels } from '../level/level.rules.js';
import type { SupervisorState } from '../supervision/supervisor.decider.js';
import type { SandboxRow } from './status.queries.js';

const SandboxStateEnum = {
  STOPPED: 'stopped',
  IDLE: 'idle',
  STARTING: 'starting',
  READY: 'ready',
  BACKING_OFF: 'backing-off',
  QUARANTINED: 'quarantined',
  BLOCKED: 'blocked',
} as const;
export const SandboxLevelEnum = { L1: 'L1', L1_CAGE: 'L1+cage', L2: 'L2' } as const;
export const TrustClassEnum = { FIRST_PARTY: 'firstParty', DEVELOPMENT: 'development', THIRD_PARTY: 'thirdParty' } as const;

registerEnumType(SandboxStateEnum, { name: 'SandboxState', description: 'IDLE is healthy: started again on first use.' });
registerEnumType(SandboxLevelEnum, { name: 'SandboxLevel', description: 'What a self-test proved: L1 < L1_CAGE < L2.' });
registerEnumType(TrustClassEnum, { name: 'TrustClass' });

@ObjectType({ description: 'The process in which one extension runs for one tenant.' })
export class Sandbox {
  @Field(() => ID)
  tenant!: string;

  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  version!: string;

  @Field(() => SandboxStateEnum)
  state!: SandboxState;

  @Field(() => String, { description: 'Why it is in this state, in words.' })
  reason!: string;

  @Field(() => SandboxLevelEnum, { nullable: true, description: 'Of the running process; null when none runs.' })
  level!: Level | null;

  @Field(() => Int, { description: 'Processes started after the first.' })
  restarts!: number;

  @Field(() => Int)
  crashes!: number;

  @Field(() => Int, { nullable: true, description: 'Process id on this server; null where no process runs on it.' })
  pid!: number | null;

  @Field(() => Float, { nullable: true, description: 'Resident memory now; null where no process runs on this server.' })
  memoryBytes!: number | null;

  @Field(() => Float, { nullable: true, description: 'Processor time of the running process.' })
  cpuMilliseconds!: number | null;

  @Field(() => Date)
  since!: Date;
}

@ObjectType({ description: 'A step in the life of a sandbox, as it was recorded.' })
export class SandboxChange {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: 'SandboxStarted, SandboxReady, SandboxCrashed, SandboxStopped, SandboxQuarantined ...' })
  type!: string;

  @Field(() => String, { description: 'In words.' })
  reason!: string;

  @Field(() => Date)
  at!: Date;

  @Field(() => String, { description: 'Position to resume behind.' })
  position!: string;
}

@ObjectType({ description: 'A sandbox right after a command.' })
export class ChangedSandbox {
  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  status!: string;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Position to wait for in a read that must see this change; null when nothing changed.',
  })
  position!: string | null;
}

@ObjectType()
export class MinimumLevel {
  @Field(() => TrustClassEnum)
  trust!: (typeof trustClasses)[number];

  @Field(() => SandboxLevelEnum)
  level!: Level;
}

@ObjectType({ description: 'How well this host can isolate extensions: measured, never configured.' })
export class SandboxIsolation {
  @Field(() => SandboxLevelEnum, { nullable: true, description: 'Null: nothing is proven and no extension starts.' })
  level!: Level | null;

  @Field(() => String, { nullable: true, description: 'The first reason for not being higher; null at the highest.' })
  reason!: string | null;

  @Field(() => [String])
  features!: readonly string[];

  @Field(() => Date, { nullable: true, description: 'When it was measured.' })
  testedAt!: Date | null;

  @Field(() => [MinimumLevel], { description: 'The lowest level each class of trust may run at.' })
  minimums!: MinimumLevel[];

  @Field(() => [String], { description: 'Classes that an operator allowed to run below the shipped minimum.' })
  warnings!: readonly string[];
}

@ObjectType()
export class ChangedMinimumLevel {
  @Field(() => [MinimumLevel])
  minimums!: MinimumLevel[];

  @Field(() => [String])
  warnings!: readonly string[];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ObjectType({ description: 'What the broker would say to a call of an extension now, and which check would say no.' })
export class BrokerVerdict {
  @Field(() => Boolean)
  allowed!: boolean;

  @Field(() => String, { nullable: true, description: 'method, tenant, installation, status, manifest, grant, schema or scope.' })
  check!: string | null;

  @Field(() => String, { nullable: true, description: 'In words.' })
  why!: string | null;
}

export function sandboxOf({ view, live }: SandboxRow): Sandbox {
  const { tenant, extension, version, state, reason, level, starts, crashes, since } = view;
  return {
    tenant,
    extension,
    version,
    state: live?.state ?? state,
    reason: live?.reason ?? reason,
    level: (live?.level ?? level) as Level | null,
    restarts: Math.max(0, starts - 1),
    crashes,
    pid: live?.pid ?? null,
    memoryBytes: live?.memoryBytes ?? null,
    cpuMilliseconds: live?.cpuMilliseconds ?? null,
    since,
  };
}

export function sandboxChange(event: RecordedEvent): SandboxChange {
  const { reason, exit } = event.data as { readonly reason?: string; readonly exit?: { readonly detail: string } };
  return {
    extension: idOf(event.stream),
    type: event.type,
    reason: reason ?? exit?.detail ?? '',
    at: new Date(event.meta.occurredAt),
    position: event.position,
  };
}

export function changedSandbox(extension: string, { state, revision, position }: CommandOutcome<SupervisorState>): ChangedSandbox {
  return { extension, status: state.status, revision: revision.toString(), position };
}

export function sandboxIsolation({ level, reason, features, at }: SelfTestReport, minimums: MinimumLevels): SandboxIsolation {
  return {
    level,
    reason,
    features,
    testedAt: at === '' ? null : new Date(at),
    minimums: listed(minimums),
    warnings: levelWarnings(minimums),
  };
}

export function changedMinimumLevel({ state, revision, position }: CommandOutcome<MinimumLevels>): ChangedMinimumLevel {
  return { minimums: listed(state), warnings: levelWarnings(state), revision: revision.toString(), position };
}

export function brokerVerdict(decision: Decision): BrokerVerdict {
  return decision.allowed ? { allowed: true, check: null, why: null } : { allowed: false, check: decision.check, why: decision.why };
}

function listed(minimums: MinimumLevels): MinimumLevel[] {
  return trustClasses.map((trust) => ({ trust, level: minimums[trust] }));
}

// What happened to the sandbox of one extension in one tenant. Stream: `sandbox.process-<tenant>~<extension>`. Stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { levels } from '../level/level.rules.js';

/** Why a process was ended on purpose; the healthy ones leave the sandbox `idle`: the next use starts it again. */
export const stopKinds = [
  'idle',
  'capacity',
  'restart',
  'upgrade',
  'shutdown',
  'host-ended',
  'disabled',
  'removed',
  'tenant',
  'level',
  'requested',
] as const;
export type StopKind = (typeof stopKinds)[number];

const extension = z.string();
const process = z.string();

const exit = z.object({ kind: z.string(), code: z.number().nullable(), signal: z.string().nullable(), detail: z.string() });

const schemas = {
  SandboxStarted: z.object({
    extension,
    version: z.string(),
    bundleHash: z.string(),
    process,
    level: z.enum(levels),
    /** The process that serves until this one is ready. */
    replaces: z.string().nullable(),
  }),
  SandboxReady: z.object({ extension, process, startMilliseconds: z.number() }),
  SandboxCrashed: z.object({
    extension,
    process,
    exit,
    aliveMilliseconds: z.number(),
    /** Not started again before that long. */
    retryAfterMilliseconds: z.number(),
    /** Times of the crashes that count towards quarantine, this one last. */
    recentCrashes: z.array(z.string()),
    /** Crashes in a row without a long healthy run between them. */
    consecutive: z.number(),
    /** The older process that goes on serving, when a replacement would not start. */
    stillServing: z.string().nullable(),
  }),
  SandboxStopped: z.object({ extension, process, kind: z.enum(stopKinds), reason: z.string() }),
  SandboxQuarantined: z.object({
    extension,
    version: z.string(),
    bundleHash: z.string(),
    cause: z.enum(['crash-loop', 'trial-failed', 'bundle-changed']),
    reason: z.string(),
  }),
  SandboxReleased: z.object({
    extension,
    by: z.enum(['operator', 'new-version']),
    /** A crash before this moment quarantines at once. */
    trialUntil: z.string(),
  }),
  SandboxBlocked: z.object({ extension, version: z.string(), reason: z.string() }),
  SandboxRestartRequested: z.object({ extension, process: z.string().nullable() }),
} as const;

type Fact<T extends keyof typeof schemas> = DomainEvent<T, z.infer<(typeof schemas)[T]>>;

export type SandboxStarted = Fact<'SandboxStarted'>;
export type SandboxCrashed = Fact<'SandboxCrashed'>;
export type SandboxEvent =
  | SandboxStarted
  | Fact<'SandboxReady'>
  | SandboxCrashed
  | Fact<'SandboxStopped'>
  | Fact<'SandboxQuarantined'>
  | Fact<'SandboxReleased'>
  | Fact<'SandboxBlocked'>
  | Fact<'SandboxRestartRequested'>;

export const sandboxEventTypes = Object.keys(schemas) as readonly SandboxEvent['type'][];

export const sandboxEvents: readonly EventDefinition[] = Object.entries(schemas).map(([type, schema]) => ({ type, version: 1, schema }));

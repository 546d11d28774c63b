// Wishes about one sandbox. The supervisor reports what its processes did; operators restart and release.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { levels } from '../level/level.rules.js';
import { stopKinds } from './supervisor.events.js';

const extension = z.string().min(3).max(80);
const process = z.uuid();
const words = z.string().max(2000);

export const supervisorCommandSchemas = {
  StartSandbox: z.strictObject({
    extension,
    version: z.string(),
    bundleHash: z.string(),
    process,
    level: z.enum(levels),
    replaces: z.uuid().nullable(),
  }),
  ReportSandboxReady: z.strictObject({ extension, process, startMilliseconds: z.number().nonnegative() }),
  ReportSandboxCrash: z.strictObject({
    extension,
    process,
    exit: z.strictObject({ kind: z.string(), code: z.number().nullable(), signal: z.string().nullable(), detail: words }),
    aliveMilliseconds: z.number().nonnegative(),
    retryAfterMilliseconds: z.number().nonnegative(),
  }),
  ReportSandboxStopped: z.strictObject({ extension, process, kind: z.enum(stopKinds), reason: words }),
  QuarantineSandbox: z.strictObject({
    extension,
    version: z.string(),
    bundleHash: z.string(),
    cause: z.literal('bundle-changed'),
    reason: words,
  }),
  BlockSandbox: z.strictObject({ extension, version: z.string(), reason: words }),
  RestartSandbox: z.strictObject({ extension }),
  ReleaseSandbox: z.strictObject({ extension }),
} as const;

type Wish<T extends keyof typeof supervisorCommandSchemas> = Command<T, z.infer<(typeof supervisorCommandSchemas)[T]>>;

export type SupervisorCommand =
  | Wish<'StartSandbox'>
  | Wish<'ReportSandboxReady'>
  | Wish<'ReportSandboxCrash'>
  | Wish<'ReportSandboxStopped'>
  | Wish<'QuarantineSandbox'>
  | Wish<'BlockSandbox'>
  | Wish<'RestartSandbox'>
  | Wish<'ReleaseSandbox'>;

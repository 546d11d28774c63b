// Facts and wishes that the specs of this context share, told about acme.notes.
import type { Manifest } from '@kari/protocol/manifest';
import { installSteps, type InstallStep } from '../installation/installation.rules.js';
import type { ExtensionCommand, InstallWish, ResolvedPackage } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent, RequestedGrant } from '../lifecycle/extension.events.js';
import type { PackageContent } from '../package/package.events.js';

export const TENANT = '00000000-0000-7000-8000-00000000000a';
export const OTHER_TENANT = '00000000-0000-7000-8000-00000000000b';
export const extension = 'acme.notes';
export const version = '1.0.0';
export const INSTALL = '00000000-0000-7000-8000-000000000001';
/** The time that `specify` gives to every command. */
export const NOW = '2026-01-01T00:00:00.000Z';

export const bundleHash = 'a'.repeat(64);
export const kv: RequestedGrant = { id: 'kv', capability: 'kv', scope: { bytes: 1_000 }, reason: 'keeps your notes' };
export const web: RequestedGrant = {
  id: 'http:https://api.example.org:443',
  capability: 'http',
  scope: { scheme: 'https', host: 'api.example.org', port: 443, methods: ['GET', 'HEAD'] },
  reason: 'reads the weather',
};

export const found: ResolvedPackage = { version, bundleHash, grants: [kv, web], resourceClass: 'S', resourceReason: '' };

export function wish(changes: Partial<InstallWish> = {}, facts: Partial<InstallWish['facts']> = {}): InstallWish {
  return {
    extension,
    version: null,
    consented: [kv.id, web.id],
    enable: true,
    facts: { found, known: [version], safeBoot: false, ...facts },
    ...changes,
  };
}

export function installing(changes: Partial<InstallWish> = {}, facts: Partial<InstallWish['facts']> = {}): ExtensionCommand {
  return { type: 'InstallExtension', data: wish(changes, facts) };
}

type Requested = Extract<ExtensionEvent, { type: 'ExtensionInstallRequested' }>;

export function requested(changes: Partial<Requested['data']> = {}): ExtensionEvent {
  return {
    type: 'ExtensionInstallRequested',
    data: {
      extension,
      version,
      bundleHash,
      grants: [kv, web],
      resourceClass: 'S',
      enable: true,
      origin: 'tenant',
      install: INSTALL,
      ...changes,
    },
  };
}

export const deadline = (milliseconds: number): string => new Date(Date.parse(NOW) + milliseconds).toISOString();

export const started = (step: InstallStep): ExtensionEvent => ({
  type: 'ExtensionInstallStepStarted',
  data: { extension, install: INSTALL, step, detail: 'doing it', deadlineAt: deadline(1_000) },
});
export const completed = (step: InstallStep): ExtensionEvent => ({
  type: 'ExtensionInstallStepCompleted',
  data: { extension, install: INSTALL, step, detail: 'done' },
});
export const failedAt = (step: InstallStep): ExtensionEvent => ({
  type: 'ExtensionInstallFailed',
  data: { extension, install: INSTALL, step, code: 'EXTENSION_UNHEALTHY', reason: 'it says so' },
});
export const cancelledAt = (step: InstallStep | null): ExtensionEvent => ({
  type: 'ExtensionInstallCancelled',
  data: { extension, install: INSTALL, step },
});
export const undoStarted = (step: InstallStep): ExtensionEvent => ({
  type: 'ExtensionInstallUndoStarted',
  data: { extension, install: INSTALL, step, deadlineAt: deadline(1_000) },
});
export const undone = (step: InstallStep): ExtensionEvent => ({
  type: 'ExtensionInstallStepUndone',
  data: { extension, install: INSTALL, step, trouble: null },
});
export const closed = (outcome: 'failed' | 'cancelled'): ExtensionEvent => ({
  type: 'ExtensionInstallUndone',
  data: { extension, install: INSTALL, outcome },
});
export const installed: ExtensionEvent = { type: 'ExtensionInstalled', data: { extension, version } };
export const enabled: ExtensionEvent = { type: 'ExtensionEnabled', data: { extension, version, activated: true, occasion: INSTALL } };
export const disabled: ExtensionEvent = { type: 'ExtensionDisabled', data: { extension, version, occasion: 'disable-1' } };
export const removalStarted: ExtensionEvent = {
  type: 'ExtensionRemovalStarted',
  data: { extension, version, removal: INSTALL, wasEnabled: true },
};
export const removed: ExtensionEvent = { type: 'ExtensionRemoved', data: { extension, version, troubles: [] } };

/** An install that went all the way, enabled. */
export const wholeInstall: readonly ExtensionEvent[] = [
  requested(),
  ...installSteps.flatMap((step) => [started(step), completed(step)]),
  installed,
  enabled,
];

export function manifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    id: extension,
    name: 'Notes',
    version,
    description: 'Keeps notes.',
    license: 'Apache-2.0',
    category: 'productivity',
    platform: '>=0.1.0',
    entry: 'src/index.ts',
    ...changes,
  };
}

export function content(changes: Partial<PackageContent> = {}): PackageContent {
  const made = changes.manifest ?? manifest();
  return {
    extension: made.id,
    version: made.version,
    manifest: made,
    bundleHash,
    assets: {},
    trust: 'development',
    folder: `extensions/${made.id}`,
    sourceHash: 'source-1',
    ...changes,
  };
}

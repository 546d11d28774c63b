// How well an extension is in a tenant, and why: one verdict out of everything that is known, each reason in words.
import type { SandboxStatus } from '@kari/sandbox/contract';
import type { Obstacle } from '../lifecycle/extension.commands.js';
import { isHeld, type ExtensionState } from '../lifecycle/extension-state.rules.js';

/** `off`: not meant to run. `unknown`: it runs on first use and was not asked. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'unknown' | 'off';

/** What the extension itself says of its health. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly reasons: readonly string[];
}

export interface Health {
  readonly status: HealthStatus;
  readonly reasons: readonly string[];
}

export interface HealthFacts {
  readonly state: ExtensionState;
  readonly safeBoot: boolean;
  readonly sandbox: SandboxStatus | null;
  readonly obstacles: readonly Obstacle[];
  /** What onHealthCheck said; null when it was not asked. */
  readonly report: HealthReport | null;
}

export function healthOf(facts: HealthFacts): Health {
  const { status, reasons } = standing(facts);
  return { status, reasons: [...reasons, ...changing(facts.state)] };
}

/** What is under way, whatever the verdict. */
function changing(state: ExtensionState): readonly string[] {
  if (state.status !== 'enabled' && state.status !== 'disabled') return [];
  const { upgrade, trial } = state;
  if (upgrade?.phase === 'held') {
    const waited = upgrade.cause === 'consent' ? 'consent to' : 'users of its plugins that would break:';
    return [`its upgrade to ${upgrade.version} waits for ${waited} ${upgrade.items.map(({ id }) => id).join(', ')}`];
  }
  if (upgrade?.phase === 'running') return [`it is being upgraded to ${upgrade.version}`];
  if (upgrade?.phase === 'undoing') return [`its upgrade to ${upgrade.version} is being taken back`];
  return trial === null ? [] : [`version ${state.version} is on trial until ${trial.until}`];
}

function standing({ state, safeBoot, sandbox, obstacles, report }: HealthFacts): Health {
  if (!isHeld(state)) return { status: 'off', reasons: ['it is not installed in this tenant'] };
  switch (state.status) {
    case 'installing':
    case 'undoing':
    case 'removing':
      return {
        status: 'unknown',
        reasons: [
          { installing: 'it is being installed', undoing: 'its install is being taken back', removing: 'it is being removed' }[
            state.status
          ],
        ],
      };
    case 'failed':
      return { status: 'unhealthy', reasons: [`its install failed: ${state.failure?.reason ?? 'no reason is known'}`] };
    case 'disabled':
      if (state.activation.failure === null) return { status: 'off', reasons: ['it is disabled'] };
      return { status: 'unhealthy', reasons: [`it is disabled, because onActivate failed: ${state.activation.failure.reason}`] };
    case 'enabled':
      break;
  }
  if (safeBoot) return { status: 'off', reasons: ['the platform runs in safe boot: no extension is started'] };
  const broken = [...brokenSandbox(sandbox), ...brokenReport(report)];
  const lacking = [
    ...obstacles.map(({ cure }) => cure),
    ...state.grants.filter((grant) => grant.state === 'revoked').map((grant) => `its permission ${grant.id} is revoked (${grant.reason})`),
    ...(sandbox?.state === 'backing-off' ? [`it crashed and is started again: ${sandbox.reason}`] : []),
  ];
  if (broken.length > 0) return { status: 'unhealthy', reasons: [...broken, ...lacking] };
  if (lacking.length > 0) return { status: 'degraded', reasons: lacking };
  if (report !== null) return { status: 'healthy', reasons: report.reasons };
  if (sandbox?.state === 'ready') return { status: 'healthy', reasons: ['its sandbox is ready'] };
  return { status: 'unknown', reasons: ['its sandbox starts on first use'] };
}

function brokenSandbox(sandbox: SandboxStatus | null): readonly string[] {
  if (sandbox?.state === 'quarantined') return [`it is in quarantine: ${sandbox.reason}`];
  return sandbox?.state === 'blocked' ? [`it is not allowed to start: ${sandbox.reason}`] : [];
}

function brokenReport(report: HealthReport | null): readonly string[] {
  if (report === null || report.healthy) return [];
  return report.reasons.length === 0 ? ['onHealthCheck says that it is not healthy'] : report.reasons;
}

// What the trial period of a new version makes of the answers to onHealthCheck.
import type { HealthReport } from '../health/health.rules.js';

/** So many checks in a row without any answer count as one that says no: a busy machine is not a sick extension. */
export const MOST_SILENT_CHECKS = 3;

/** What a check came to: a report, or in words why there was none. */
export type Checked = HealthReport | { readonly silence: string };

export interface Pulse {
  /** Checks without an answer, in a row. */
  readonly silent: number;
}

export const firstPulse: Pulse = { silent: 0 };

export function judged(pulse: Pulse, checked: Checked): { readonly pulse: Pulse; readonly failure: string | null } {
  if ('silence' in checked) {
    const silent = pulse.silent + 1;
    return { pulse: { silent }, failure: silent < MOST_SILENT_CHECKS ? null : `${silent} health checks had no answer: ${checked.silence}` };
  }
  if (checked.healthy) return { pulse: firstPulse, failure: null };
  return { pulse: firstPulse, failure: checked.reasons.length === 0 ? 'it says that it is not healthy' : checked.reasons.join('; ') };
}

/** A new version that does not start leaves the one before serving: however well that one says it is, it speaks for itself alone. */
export function answeredBy(serving: string | null, installed: string | null, report: HealthReport): HealthReport {
  if (serving === installed) return report;
  return { healthy: false, reasons: [`it does not start: ${String(serving)} still serves`] };
}

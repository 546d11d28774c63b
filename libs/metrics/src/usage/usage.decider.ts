// Nothing to decide but whether anything was measured; that a repeated measurement counts once follows from its command id.
import type { Decider } from '@kari/kernel';
import type { MeasureExtensionUsage } from './usage.commands.js';
import type { UsageEvent, UsageMeasured } from './usage.events.js';

export interface UsageState {
  readonly measurements: number;
}

function decide(command: MeasureExtensionUsage): readonly UsageEvent[] {
  return isNothing(command.data) ? [] : [{ type: 'ExtensionUsageMeasured', data: command.data }];
}

function evolve(state: UsageState): UsageState {
  return { measurements: state.measurements + 1 };
}

function isNothing({ calls, cpuMilliseconds, peakMemoryBytes, errors }: UsageMeasured): boolean {
  return calls === 0 && cpuMilliseconds === 0 && peakMemoryBytes === 0 && Object.keys(errors).length === 0;
}

export const usageDecider: Decider<MeasureExtensionUsage, UsageEvent, UsageState> = { decide, evolve, initialState: { measurements: 0 } };

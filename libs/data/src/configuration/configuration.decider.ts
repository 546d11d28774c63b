// Decides the own values of one extension in one tenant. Which values its schema permits is told by a judge that is given in.
import { canonicalJson, rejected, type Decider } from '@kari/kernel';
import type { z } from 'zod';
import type { ConfigurationCommand, setConfiguration } from './configuration.commands.js';
import type { ConfigurationEvent } from './configuration.events.js';

type ConfigurationValues = Readonly<Record<string, unknown>>;
type Own = z.infer<typeof setConfiguration>['values'];

export interface ConfigurationState {
  /** Null: nothing of its own is set. */
  readonly values: ConfigurationValues | null;
  /** Of the last change; -1 before the first. */
  readonly revision: number;
}

/** Throws `Rejection` when the values may not be stored for that extension in that tenant. */
export type ConfigurationJudge = (tenant: string, extension: string, values: ConfigurationValues) => void;

export function configurationDecider(judge: ConfigurationJudge): Decider<ConfigurationCommand, ConfigurationEvent, ConfigurationState> {
  const set = (tenant: string, extension: string, values: Own, state: ConfigurationState): readonly ConfigurationEvent[] => {
    judge(tenant, extension, values);
    if (state.values !== null && canonicalJson(state.values) === canonicalJson(values)) return [];
    return [{ type: 'ConfigurationSet', data: { extension, values } }];
  };
  return {
    decide(command, state, { tenant }) {
      const { extension } = command.data;
      switch (command.type) {
        case 'SetConfiguration': {
          const { values, expectedRevision } = command.data;
          sinceNobody(extension, state, expectedRevision);
          return set(tenant, extension, values, state);
        }
        case 'RevertConfiguration': {
          const { to, expectedRevision, facts } = command.data;
          sinceNobody(extension, state, expectedRevision);
          if (facts.then === undefined) throw rejected('DATA_CONFIG_NO_REVISION', { extension, revision: to, newest: state.revision });
          const { values } = facts.then;
          return values === null ? cleared(extension, state) : set(tenant, extension, values, state);
        }
        case 'ClearConfiguration':
          return cleared(extension, state);
      }
    },
    evolve(state, event) {
      return { values: event.type === 'ConfigurationSet' ? event.data.values : null, revision: state.revision + 1 };
    },
    initialState: { values: null, revision: -1 },
  };
}

function cleared(extension: string, { values }: ConfigurationState): readonly ConfigurationEvent[] {
  return values === null ? [] : [{ type: 'ConfigurationCleared', data: { extension } }];
}

function sinceNobody(extension: string, { revision }: ConfigurationState, expected: number | undefined): void {
  if (expected !== undefined && expected !== revision) throw rejected('DATA_CONFIG_CHANGED', { extension, expected, actual: revision });
}

// Decides the own values of one extension in one tenant. Which values its schema permits is told by a judge that is given in.
import { canonicalJson, rejected, type Decider } from '@kari/kernel';
import type { ConfigurationCommand } from './configuration.commands.js';
import type { ConfigurationEvent } from './configuration.events.js';

type ConfigurationValues = Readonly<Record<string, unknown>>;

export interface ConfigurationState {
  /** Null: nothing of its own is set. */
  readonly values: ConfigurationValues | null;
  /** Of the last change; -1 before the first. */
  readonly revision: number;
}

/** Throws `Rejection` when the values may not be stored for that extension in that tenant. */
export type ConfigurationJudge = (tenant: string, extension: string, values: ConfigurationValues) => void;

export function configurationDecider(judge: ConfigurationJudge): Decider<ConfigurationCommand, ConfigurationEvent, ConfigurationState> {
  return {
    decide(command, state, { tenant }) {
      const { extension } = command.data;
      switch (command.type) {
        case 'SetConfiguration': {
          const { values, expectedRevision } = command.data;
          if (expectedRevision !== undefined && expectedRevision !== state.revision) {
            throw rejected('DATA_CONFIG_CHANGED', { extension, expected: expectedRevision, actual: state.revision });
          }
          judge(tenant, extension, values);
          if (state.values !== null && canonicalJson(state.values) === canonicalJson(values)) return [];
          return [{ type: 'ConfigurationSet', data: { extension, values } }];
        }
        case 'ClearConfiguration':
          return state.values === null ? [] : [{ type: 'ConfigurationCleared', data: { extension } }];
      }
    },
    evolve(state, event) {
      return { values: event.type === 'ConfigurationSet' ? event.data.values : null, revision: state.revision + 1 };
    },
    initialState: { values: null, revision: -1 },
  };
}

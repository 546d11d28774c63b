// Decides the life of one automation: saved (and with that enabled), disabled, enabled again, deleted.
import { canonicalJson, rejected, type Decider } from '@kari/kernel';
import type { AutomationCommand } from './automation.commands.js';
import type { AutomationEvent, AutomationSaved } from './automation.events.js';

export interface AutomationState {
  readonly status: 'absent' | 'enabled' | 'disabled';
  readonly saved: AutomationSaved | null;
}

export const automationDecider: Decider<AutomationCommand, AutomationEvent, AutomationState> = {
  decide(command, { status, saved }) {
    const { name } = command.data;
    if (command.type === 'SaveAutomation') {
      const { problems, ...form } = command.data;
      const [first] = problems;
      if (first !== undefined) throw rejected('AUTOMATION_EXPRESSION_INVALID', { name, ...first });
      return saved !== null && canonicalJson(saved) === canonicalJson(form) ? [] : [{ type: 'AutomationSaved', data: form }];
    }
    if (status === 'absent') throw rejected('AUTOMATION_NOT_FOUND', { name });
    switch (command.type) {
      case 'EnableAutomation':
        return status === 'enabled' ? [] : [{ type: 'AutomationEnabled', data: { name } }];
      case 'DisableAutomation':
        return status === 'disabled' ? [] : [{ type: 'AutomationDisabled', data: { name } }];
      case 'DeleteAutomation':
        return [{ type: 'AutomationDeleted', data: { name } }];
    }
  },
  evolve: evolveAutomation,
  initialState: { status: 'absent', saved: null },
};

export function evolveAutomation(state: AutomationState, event: AutomationEvent): AutomationState {
  switch (event.type) {
    case 'AutomationSaved':
      return { status: state.status === 'disabled' ? 'disabled' : 'enabled', saved: event.data };
    case 'AutomationEnabled':
      return { ...state, status: 'enabled' };
    case 'AutomationDisabled':
      return { ...state, status: 'disabled' };
    case 'AutomationDeleted':
      return { status: 'absent', saved: null };
  }
}

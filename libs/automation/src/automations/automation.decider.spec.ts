import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { AutomationCommand } from './automation.commands.js';
import { automationDecider } from './automation.decider.js';

const { given } = specify(automationDecider);
const form = { name: 'refunds', description: '', type: 'shop.paid', filter: '.data.total > 10', input: null, workflow: 'refund' };
const save = (more = {}): AutomationCommand => ({ type: 'SaveAutomation', data: { ...form, problems: [], ...more } });
const about = (type: 'EnableAutomation' | 'DisableAutomation' | 'DeleteAutomation'): AutomationCommand => ({
  type,
  data: { name: form.name },
});
const saved = { type: 'AutomationSaved', data: form } as const;
const [enabled, disabled, deleted] = (['AutomationEnabled', 'AutomationDisabled', 'AutomationDeleted'] as const).map((type) => ({
  type,
  data: { name: form.name },
})) as [never, never, never];

describe('an automation', () => {
  it('is saved, and changed by saving another form', () => {
    given([]).when(save()).then([saved]);
    given([saved]).when(save()).thenNothing();
    given([saved])
      .when(save({ filter: null }))
      .then([{ type: 'AutomationSaved', data: { ...form, filter: null } }]);
    given([])
      .when(save({ problems: [{ place: 'filter', reason: 'no' }] }))
      .thenRejected('AUTOMATION_EXPRESSION_INVALID');
  });

  it('is disabled and enabled, and stays as it is when it is changed', () => {
    given([saved]).when(about('EnableAutomation')).thenNothing();
    given([saved]).when(about('DisableAutomation')).then([disabled]);
    given([saved, disabled]).when(about('DisableAutomation')).thenNothing();
    given([saved, disabled]).when(about('EnableAutomation')).then([enabled]);
    given([saved, disabled, { ...saved, data: { ...form, filter: null } }])
      .when(about('DisableAutomation'))
      .thenNothing();
  });

  it('is deleted, and may be made anew', () => {
    given([saved]).when(about('DeleteAutomation')).then([deleted]);
    for (const type of ['EnableAutomation', 'DisableAutomation', 'DeleteAutomation'] as const) {
      given([]).when(about(type)).thenRejected('AUTOMATION_NOT_FOUND');
      given([saved, deleted]).when(about(type)).thenRejected('AUTOMATION_NOT_FOUND');
    }
    given([saved, disabled, deleted]).when(save()).then([saved]);
    given([saved, deleted, saved]).when(about('EnableAutomation')).thenNothing();
  });
});

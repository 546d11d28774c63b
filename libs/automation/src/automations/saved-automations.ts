// Saving an automation: its expressions are judged before the command, which refuses what is wrong so that it is authorised and audited first.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { EXPRESSIONS, type Expressions } from '@kari/workflow/contract';
import type { AutomationState } from './automation.decider.js';
import type { AutomationSaved } from './automation.events.js';

const MOST_PROBLEMS = 20;
/** A longer filter is refused for its length. */
const LONGEST_FILTER = 4_096;

@Injectable()
export class SavedAutomations {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(EXPRESSIONS) private readonly expressions: Expressions,
  ) {}

  async save(form: AutomationSaved, caller: RequestContext): Promise<CommandOutcome<AutomationState>> {
    const { filter, input } = form;
    const judged = filter === null || filter.length > LONGEST_FILTER ? {} : { filter: `\${ ${filter} }` };
    const faults = await this.expressions.faults({ ...judged, input });
    const problems = faults.slice(0, MOST_PROBLEMS).map(({ place, reason }) => ({ place: place.slice(1), reason }));
    return this.bus.send<AutomationState>({ type: 'SaveAutomation', data: { ...form, problems } }, caller);
  }
}

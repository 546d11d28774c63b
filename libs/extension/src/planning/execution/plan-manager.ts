// The one who executes and cancels plans, as the API sees it: plans the same changes again, and sends the command with what that came to.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { PlanQueries, type PlanRequest } from '../plan.queries.js';
import type { PlanCommand } from './plan.commands.js';
import type { PlanState } from './plan.decider.js';

@Injectable()
export class PlanManager {
  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(PlanQueries) private readonly plans: PlanQueries,
  ) {}

  execute(request: PlanRequest, caller: RequestContext): Promise<CommandOutcome<PlanState>> {
    const facts = this.plans.executionFacts(caller.tenant, request);
    return this.send({ type: 'ExecutePlan', data: { hash: request.hash, facts } }, caller);
  }

  cancel(plan: string, caller: RequestContext): Promise<CommandOutcome<PlanState>> {
    return this.send({ type: 'CancelPlan', data: { plan } }, caller);
  }

  private send(command: PlanCommand, caller: RequestContext): Promise<CommandOutcome<PlanState>> {
    return this.bus.send<PlanState>(command, caller);
  }
}

// Saving and deleting workflows: what a command needs to know before it is a command.
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalJson, COMMAND_BUS, rejected, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { WORKFLOW_RUNS, type WorkflowRuns } from '../contract.js';
import { neededCalls } from './call.rules.js';
import type { WorkflowState } from './definition.decider.js';
import type { WorkflowDocument } from './document.js';
import { WorkflowValidator, type Validation } from './validator.js';

@Injectable()
export class Definitions {
  constructor(
    private readonly validator: WorkflowValidator,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(WORKFLOW_RUNS) private readonly runs: WorkflowRuns,
  ) {}

  validate(source: string, tenant: string): Promise<Validation> {
    return this.validator.validate(source, tenant, this.tenants.find(tenant)?.slug ?? 'default');
  }

  /** Throws WORKFLOW_INVALID with every problem in its facts. */
  async save(
    source: string,
    expectedVersion: number | null,
    caller: RequestContext,
  ): Promise<CommandOutcome<WorkflowState> & { workflow: string }> {
    const { document, problems } = await this.validate(source, caller.tenant);
    const [first] = problems;
    if (document === null || first !== undefined)
      throw rejected('WORKFLOW_INVALID', {
        count: problems.length,
        pointer: first?.pointer,
        line: first?.line,
        reason: first?.reason,
        problems,
      });
    const data = { ...savedForm(document), owner: null, expectedVersion };
    return { ...(await this.bus.send<WorkflowState>({ type: 'SaveWorkflow', data }, caller)), workflow: data.workflow };
  }

  async delete(workflow: string, caller: RequestContext): Promise<CommandOutcome<WorkflowState>> {
    const runs = await this.runs.needing(caller.tenant, workflow);
    return this.bus.send<WorkflowState>({ type: 'DeleteWorkflow', data: { workflow, runs, owner: null } }, caller);
  }
}

function savedForm(document: WorkflowDocument) {
  const { name, title } = document.document;
  return {
    workflow: name,
    document: JSON.stringify(document),
    hash: createHash('sha256').update(canonicalJson(document)).digest('hex'),
    title: (title ?? name).slice(0, 300),
    needs: [...neededCalls(document)],
  };
}

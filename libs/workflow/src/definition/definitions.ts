// Saving and deleting workflows: what a command needs to know before it is a command.
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalJson, COMMAND_BUS, type CommandBus, type CommandOutcome, type RequestContext } from '@kari/kernel';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { RunQueries } from '../run/run.queries.js';
import { neededCalls } from './call.rules.js';
import type { WorkflowState } from './definition.decider.js';
import type { WorkflowDocument } from './document.js';
import type { DocumentProblem } from './problem.rules.js';
import { WorkflowValidator, type Validation } from './validator.js';

@Injectable()
export class Definitions {
  constructor(
    private readonly validator: WorkflowValidator,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(TENANTS) private readonly tenants: Tenants,
    private readonly runs: RunQueries,
  ) {}

  validate(source: string, tenant: string): Promise<Validation> {
    return this.validator.validate(source, tenant, this.tenants.find(tenant)?.slug ?? 'default');
  }

  /** Throws WORKFLOW_INVALID with every problem in its facts: refused where every command is, so that it is authorised and audited first. */
  async save(
    source: string,
    expectedVersion: number | null,
    caller: RequestContext,
  ): Promise<CommandOutcome<WorkflowState> & { readonly workflow: string; readonly warnings: readonly DocumentProblem[] }> {
    const { document, problems, warnings } = await this.validate(source, caller.tenant);
    const form = document === null ? UNREADABLE : savedForm(document);
    const data = { ...form, owner: null, expectedVersion, problems };
    return { ...(await this.bus.send<WorkflowState>({ type: 'SaveWorkflow', data }, caller)), workflow: data.workflow, warnings };
  }

  async delete(workflow: string, caller: RequestContext): Promise<CommandOutcome<WorkflowState>> {
    const runs = await this.runs.needing(caller.tenant, workflow);
    return this.bus.send<WorkflowState>({ type: 'DeleteWorkflow', data: { workflow, runs, owner: null } }, caller);
  }
}

/** What cannot be understood names no workflow. */
export const UNREADABLE = { workflow: 'unreadable', document: '', hash: '0'.repeat(64), title: '', needs: [] };

export function savedForm(document: WorkflowDocument) {
  const { name, title } = document.document;
  return {
    workflow: name,
    document: JSON.stringify(document),
    hash: createHash('sha256').update(canonicalJson(document)).digest('hex'),
    title: (title ?? name).slice(0, 300),
    needs: [...neededCalls(document)],
  };
}

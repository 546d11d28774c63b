// The hosts that workflows may call, in the public schema.
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { WorkflowHost as Open, WorkflowHosts } from './workflow-host.decider.js';

@ObjectType({ description: 'A host that the workflows of this tenant may call.' })
export class WorkflowHost {
  @Field(() => String)
  host!: string;

  @Field(() => String, { description: '`https` or `http`.' })
  scheme!: string;

  @Field(() => Int)
  port!: number;

  @Field(() => [String], { nullable: true, description: 'Null: every method.' })
  methods!: readonly string[] | null;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'The hosts of workflows right after a change.' })
export class ChangedWorkflowHosts {
  @Field(() => [WorkflowHost])
  open!: readonly WorkflowHost[];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Where in the log the change stands; null when nothing changed.' })
  position!: string | null;
}

@InputType({ description: 'Scheme, name and port of a host: each is opened on its own.' })
export class WorkflowHostInput {
  @Field(() => String, { description: 'Name or address, without scheme and port; no wildcards.' })
  host!: string;

  @Field(() => String, { nullable: true, description: '`https` (default) or `http`.' })
  scheme?: string | null;

  @Field(() => Int, { nullable: true, description: "Default: the scheme's own." })
  port?: number | null;
}

@InputType()
export class OpenWorkflowHostInput extends WorkflowHostInput {
  @Field(() => [String], { nullable: true, description: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. Default: all of them.' })
  methods?: string[] | null;

  @Field(() => String, { description: 'Why: kept in the audit trail. 3 to 500 characters.' })
  reason!: string;
}

export function placeIn({ host, scheme, port }: WorkflowHostInput) {
  return { host, scheme: scheme ?? 'https', port: port ?? null };
}

export function workflowHostsOf(state: WorkflowHosts): readonly Open[] {
  return Object.entries(state)
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([, host]) => host);
}

export function changedWorkflowHosts({ state, revision, position }: CommandOutcome<WorkflowHosts>): ChangedWorkflowHosts {
  return { open: workflowHostsOf(state), revision: String(revision), position };
}

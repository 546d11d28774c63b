// Workflows in the public schema.
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { WorkflowState } from './definition.decider.js';
import type { DefinitionAnswer } from './definition.queries.js';
import type { VersionView } from './definition.view.js';

export const WorkflowFormatEnum = { YAML: 'yaml', JSON: 'json' } as const;
registerEnumType(WorkflowFormatEnum, { name: 'WorkflowFormat' });

const WorkflowStatusEnum = { ABSENT: 'absent', SAVED: 'saved', ACTIVE: 'active', DELETED: 'deleted' } as const;
registerEnumType(WorkflowStatusEnum, { name: 'WorkflowStatus' });

const ChangeKindEnum = { ADDED: 'added', REMOVED: 'removed', CHANGED: 'changed', MOVED: 'moved' } as const;
registerEnumType(ChangeKindEnum, { name: 'WorkflowChangeKind' });

@ObjectType({ description: 'A workflow of this tenant, with its newest saved version.' })
export class Workflow {
  @Field(() => ID, { description: 'The name in its document; `<extension>/<name>` for one that an extension brought along.' })
  id!: string;

  @Field(() => String)
  title!: string;

  @Field(() => ID, { nullable: true, description: 'The extension that it lives with.' })
  owner!: string | null;

  @Field(() => Int)
  latestVersion!: number;

  @Field(() => Int, { nullable: true, description: 'The version that starts; none while it is not active.' })
  activeVersion!: number | null;

  @Field(() => String, { description: 'Hex SHA-256 of the latest version.' })
  hash!: string;

  @Field(() => String, { nullable: true, description: 'Why the active (or else the latest) version cannot run now.' })
  blocked!: string | null;

  @Field(() => Date)
  savedAt!: Date;

  @Field(() => ID)
  savedBy!: string;
}

@ObjectType({ description: 'One version of a workflow; it never changes.' })
export class WorkflowVersion {
  @Field(() => Int)
  version!: number;

  @Field(() => String)
  title!: string;

  @Field(() => String, { description: 'Hex SHA-256 of the document.' })
  hash!: string;

  @Field(() => Date)
  savedAt!: Date;

  @Field(() => ID)
  savedBy!: string;
}

@ObjectType({ description: 'One difference between two versions.' })
export class WorkflowChange {
  @Field(() => ChangeKindEnum)
  kind!: (typeof ChangeKindEnum)[keyof typeof ChangeKindEnum];

  @Field(() => String, { description: 'JSON pointer into the newer document; into the older one for what was removed.' })
  pointer!: string;

  @Field(() => Json, { nullable: true })
  before!: unknown;

  @Field(() => Json, { nullable: true })
  after!: unknown;
}

@ObjectType({ description: 'One thing that is wrong with a document.' })
export class WorkflowProblem {
  @Field(() => String, { description: 'Stable code.' })
  code!: string;

  @Field(() => String, { description: 'JSON pointer into the document.' })
  pointer!: string;

  @Field(() => Int, { description: 'In the source; counts from 1.' })
  line!: number;

  @Field(() => Int, { description: 'In the source; counts from 1.' })
  column!: number;

  @Field(() => String)
  reason!: string;

  @Field(() => String, { description: 'What to do about it.' })
  fix!: string;
}

@ObjectType({ description: 'The verdict on a document.' })
export class WorkflowValidation {
  @Field(() => Boolean)
  valid!: boolean;

  @Field(() => [WorkflowProblem], { description: 'In the order of the source; at most 100.' })
  problems!: readonly WorkflowProblem[];

  @Field(() => [WorkflowProblem], { description: 'What may be saved, and is refused when a run starts: the engine does not do it.' })
  warnings!: readonly WorkflowProblem[];
}

@ObjectType({ description: 'A workflow right after a change.' })
export class ChangedWorkflow {
  @Field(() => ID)
  id!: string;

  @Field(() => WorkflowStatusEnum)
  status!: WorkflowState['status'];

  @Field(() => Int)
  latestVersion!: number;

  @Field(() => Int, { nullable: true })
  activeVersion!: number | null;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Give it to a read as waitFor.' })
  position!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the version that would start cannot run, as it was last told; `workflow` asks anew.',
  })
  blocked!: string | null;

  @Field(() => [WorkflowProblem], { description: 'Of a save: what is refused when a run starts. Empty for other changes.' })
  warnings!: readonly WorkflowProblem[];
}

@ArgsType()
export class WorkflowsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

@ArgsType()
export class WorkflowVersionsArgs extends WorkflowsArgs {
  @Field(() => ID)
  id!: string;
}

export function workflowOf({
  workflow,
  title,
  owner,
  latestVersion,
  activeVersion,
  hash,
  blocked,
  savedAt,
  savedBy,
}: DefinitionAnswer): Workflow {
  return { id: workflow, title, owner, latestVersion, activeVersion, hash, blocked, savedAt, savedBy };
}

export function versionOf({ version, title, hash, savedAt, savedBy }: VersionView): WorkflowVersion {
  return { version, title, hash, savedAt, savedBy };
}

export function changedWorkflow(
  id: string,
  { state, revision, position }: Pick<CommandOutcome<WorkflowState>, 'state' | 'revision' | 'position'>,
  warnings: readonly WorkflowProblem[] = [],
): ChangedWorkflow {
  const { status, versions, active, blocked } = state;
  return { id, status, latestVersion: versions.length, activeVersion: active, blocked, revision: String(revision), position, warnings };
}

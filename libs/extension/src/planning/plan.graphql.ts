// Plans in the public schema: what one asks for, what would happen, and how it goes.
import { Field, Float, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { TablePreview } from '@kari/data/contract';
import type { CommandOutcome } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { ResourceClassEnum } from '../lifecycle/extension.graphql.js';
import { UpgradeHoldEnum } from '../upgrade/upgrade.graphql.js';
import type { PlanState } from './execution/plan.decider.js';
import type { PlanStepProgress } from './execution/plan-progress.projection.js';
import type { PlanProgressView } from './execution/plan-progress.view.js';
import type { GrantDifference, SectionDifference } from './plan-differences.rules.js';
import { holdsOf, stepsToDo, type PlannedHold } from './plan-holds.rules.js';
import type { PlanPreview } from './plan.queries.js';
import type { Plan, PlanChange, PlannedOperation } from './plan.rules.js';

const PlanActEnum = { INSTALL: 'install', UPGRADE: 'upgrade', ENABLE: 'enable', DISABLE: 'disable', REMOVE: 'remove' } as const;
const PlanStepActEnum = { ...PlanActEnum, TOGETHER: 'together' } as const;
const PlanSectionEnum = {
  ROUTES: 'routes',
  WEBHOOKS: 'webhooks',
  PUBLISHES: 'publishes',
  SUBSCRIBES: 'subscribes',
  PLUGINS: 'plugins',
  TABLES: 'tables',
  TASKS: 'tasks',
  WORKFLOWS: 'workflows',
  FILTERS: 'filters',
  PAGES: 'pages',
  COMPONENTS: 'components',
  RIGHTS: 'rights',
  METRICS: 'metrics',
} as const satisfies Record<string, SectionDifference['section']>;
const ContractBreakKindEnum = { GONE: 'gone', VERSION: 'version', SCHEMA: 'schema' } as const;
const PlanOutcomeEnum = {
  RUNNING: 'running',
  UNDOING: 'undoing',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;
const PlanStepStateEnum = {
  PENDING: 'pending',
  RUNNING: 'running',
  DONE: 'done',
  FAILED: 'failed',
  UNDOING: 'undoing',
  UNDONE: 'undone',
  SKIPPED: 'skipped',
} as const;
const TableActEnum = { CREATE: 'create', ADD: 'add', ALTER: 'alter', RENAME: 'rename', DROP: 'drop', INDEX: 'index' } as const;
const TableTrialEnum = {
  NOT_NEEDED: 'not-needed',
  PASSED: 'passed',
  BROKEN: 'broken',
  TOO_LARGE: 'too-large',
  BUSY: 'busy',
} as const satisfies Record<string, TablePreview['trial']>;

registerEnumType(TableActEnum, {
  name: 'TableAct',
  description: 'ALTER: wider, or another default. DROP: with its values, once the version is proven. INDEX: one that comes or goes.',
});
registerEnumType(TableTrialEnum, {
  name: 'TableTrial',
  description:
    'NOT_NEEDED: there are no rows that it could meet. PASSED: its steps were done on a copy of the rows, and taken back. BROKEN: rows stand in the way. TOO_LARGE: more than 100,000 rows or 64 MiB, so nothing was tried. BUSY: it would have taken longer than 3 seconds, or the tables are being changed.',
});
registerEnumType(PlanActEnum, { name: 'PlanAct', description: 'What is done to an extension.' });
registerEnumType(PlanStepActEnum, {
  name: 'PlanStepAct',
  description: 'What a step of a plan does. TOGETHER: several upgrades that take over as one, or not at all.',
});
registerEnumType(PlanSectionEnum, { name: 'PlanSection', description: 'A section of the manifest.' });
registerEnumType(ContractBreakKindEnum, {
  name: 'ContractBreakKind',
  description: 'GONE: the plugin goes. VERSION: its contract leaves the range. SCHEMA: it keeps its number and not its word.',
});
registerEnumType(PlanOutcomeEnum, { name: 'PlanOutcome', description: 'UNDOING: what was done is being taken back, last first.' });
registerEnumType(PlanStepStateEnum, { name: 'PlanStepState' });

@InputType({ description: 'One change that is wished for.' })
export class ExtensionChangeInput {
  @Field(() => PlanActEnum)
  act!: PlanChange['act'];

  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true, description: 'INSTALL and UPGRADE: a version or a range; default: what fits best.' })
  version?: string | null;

  @Field(() => Boolean, { defaultValue: true, description: 'INSTALL: whether it is enabled as the last step.' })
  enable!: boolean;
}

@InputType()
export class PlanChangesInput {
  @Field(() => [ExtensionChangeInput], { description: '1 to 50.' })
  changes!: ExtensionChangeInput[];
}

@InputType()
export class PlanConsentInput {
  @Field(() => ID)
  extension!: string;

  @Field(() => [ID], { description: "Exactly the ids that the plan lists under the extension's `consent`." })
  ids!: string[];
}

@InputType()
export class ExecutePlanInput extends PlanChangesInput {
  @Field(() => ID, { description: 'Of the plan that was looked at.' })
  hash!: string;

  @Field(() => [PlanConsentInput], { defaultValue: [] })
  consented!: PlanConsentInput[];

  @Field(() => [String], { nullable: true, description: "The plan's `basis`: with it a refusal names what has moved." })
  basis?: string[] | null;
}

@ObjectType({ description: 'A permission that comes along, or asks for more than it has.' })
export class PlannedGrant {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'What exactly it covers, as JSON.' })
  scope!: string;

  @Field(() => String, { description: "In the author's words." })
  reason!: string;
}

@ObjectType()
export class PlannedGrants {
  @Field(() => [PlannedGrant])
  added!: PlannedGrant[];

  @Field(() => [PlannedGrant], { description: 'Held today under the same id, and asked for with more.' })
  widened!: PlannedGrant[];

  @Field(() => [ID])
  removed!: string[];
}

@ObjectType({ description: 'What of one section of the manifest comes, goes or changes, by name.' })
export class PlannedSection {
  @Field(() => PlanSectionEnum)
  section!: SectionDifference['section'];

  @Field(() => [String])
  added!: string[];

  @Field(() => [String])
  removed!: string[];

  @Field(() => [String])
  changed!: string[];
}

@ObjectType()
export class PlannedConsent {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'What an upgrade would wait for. A plan does not wait: it is refused until it is settled.' })
export class PlannedWait {
  @Field(() => UpgradeHoldEnum)
  cause!: PlannedHold['cause'];

  @Field(() => ID, { description: 'What to consent to; or the extension that would break.' })
  id!: string;

  @Field(() => String, { description: "In the author's words; or what would break, and what cures it." })
  reason!: string;
}

@ObjectType({ description: 'What would become of a collection, or of one of its fields.' })
export class PlannedTableChange {
  @Field(() => TableActEnum)
  act!: TablePreview['changes'][number]['act'];

  @Field(() => String)
  collection!: string;

  @Field(() => String, { nullable: true, description: 'Null: the collection itself.' })
  field!: string | null;

  @Field(() => String, { description: 'In words: from what, to what.' })
  detail!: string;
}

@ObjectType({
  description: 'Why the tables could not be brought to that version: it would be refused, and the version that serves would go on.',
})
export class PlannedTableProblem {
  @Field(() => String)
  code!: string;

  @Field(() => String, { description: 'Into `extension.json`.' })
  pointer!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String)
  cure!: string;
}

@ObjectType({ description: 'The tables of an extension under a plan. A removal keeps them; they go with the tenant.' })
export class PlannedTables {
  @Field(() => [PlannedTableChange])
  changes!: PlannedTableChange[];

  @Field(() => [PlannedTableProblem])
  problems!: PlannedTableProblem[];

  @Field(() => TableTrialEnum)
  trial!: TablePreview['trial'];

  @Field(() => Float, { description: 'That are there today.' })
  rows!: number;

  @Field(() => Float, { description: 'Of those rows as JSON, as they were last written.' })
  bytes!: number;
}

@ObjectType({ description: 'One thing that would be done.' })
export class PlannedChange {
  @Field(() => PlanActEnum)
  act!: PlannedOperation['act'];

  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true, description: 'Version before; null when it is new.' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'Version after; null when it goes.' })
  to!: string | null;

  @Field(() => Boolean, { description: 'Whether it runs afterwards.' })
  enabled!: boolean;

  @Field(() => Boolean, { description: 'Asked for; false: brought along by what was.' })
  asked!: boolean;

  @Field(() => String, { description: 'Hex SHA-256 of its bundle.' })
  bundleHash!: string;

  @Field(() => ResourceClassEnum, { nullable: true })
  resourceClassFrom!: 'S' | 'M' | 'L' | null;

  @Field(() => ResourceClassEnum, { nullable: true })
  resourceClassTo!: 'S' | 'M' | 'L' | null;

  @Field(() => PlannedGrants)
  grants!: PlannedGrants;

  @Field(() => [PlannedConsent], { description: 'What must be consented to, exactly.' })
  consent!: PlannedConsent[];

  @Field(() => [PlannedSection])
  sections!: PlannedSection[];

  @Field(() => [String], { description: 'INSTALL and UPGRADE: what it goes through, in order, in words.' })
  steps!: string[];

  @Field(() => [PlannedWait], { description: 'UPGRADE: what it would wait for.' })
  waitsFor!: PlannedWait[];

  @Field(() => [ID], { description: 'UPGRADE: the other extensions that it takes over with, as one step; empty: it goes alone.' })
  together!: string[];

  @Field(() => PlannedTables, {
    nullable: true,
    description:
      'INSTALL, UPGRADE, REMOVE: its tables, for who has `table.read`. Null: it keeps none. Not part of the hash: rows come and go.',
  })
  tables!: PlannedTables | null;
}

@ObjectType({ description: 'Upgrades that only fit together: one step, in which all of them take over or none does.' })
export class PlannedGroup {
  @Field(() => [ID])
  extensions!: string[];

  @Field(() => String, { description: 'What keeps each of them from going alone.' })
  reason!: string;
}

@ObjectType({ description: 'Somebody who uses a plugin, and would stumble.' })
export class PlannedBreak {
  @Field(() => ID)
  user!: string;

  @Field(() => String)
  plugin!: string;

  @Field(() => String, { description: 'What it uses today: `<extension>/<intent> <contract version>`.' })
  contract!: string;

  @Field(() => ContractBreakKindEnum)
  kind!: 'gone' | 'version' | 'schema';

  @Field(() => String)
  reason!: string;

  @Field(() => String)
  cure!: string;
}

@ObjectType({ description: 'Why the plan cannot be executed as it is.' })
export class PlanObstacle {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String)
  next!: string;
}

@ObjectType({ description: 'Why the changes cannot be granted: constraints that cannot all hold, none of which may be left out.' })
export class PlanConflict {
  @Field(() => String)
  explanation!: string;

  @Field(() => [String])
  culprits!: string[];

  @Field(() => [String], { description: 'What would do; each was tried.' })
  cures!: string[];
}

@ObjectType({ description: 'What would happen. Nothing has moved.' })
export class ExtensionPlan {
  @Field(() => ID, { description: 'Of the plan and of what it was made on: with it exactly this plan is executed, or none.' })
  hash!: string;

  @Field(() => [PlannedChange], { description: 'In their order.' })
  operations!: PlannedChange[];

  @Field(() => [PlannedGroup], { description: 'Which of them are one step.' })
  groups!: PlannedGroup[];

  @Field(() => [PlannedBreak])
  breaks!: PlannedBreak[];

  @Field(() => [PlanObstacle])
  obstacles!: PlanObstacle[];

  @Field(() => PlanConflict, { nullable: true })
  conflict!: PlanConflict | null;

  @Field(() => [String], { description: 'Installations that it touches or rests on: `<extension>@<revision>`.' })
  basis!: string[];
}

@ObjectType({ description: 'The plan of a tenant right after a change.' })
export class ChangedPlan {
  @Field(() => ID, { nullable: true, description: 'The one under way, or else the last; null when there never was one.' })
  plan!: string | null;

  @Field(() => Boolean, { description: 'Whether it is still under way.' })
  running!: boolean;

  @Field(() => String, { description: 'Revision of its stream.' })
  revision!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ObjectType({ description: 'One of the upgrades that take over as one.' })
export class PlanStepMember {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true })
  from!: string | null;

  @Field(() => String, { nullable: true })
  to!: string | null;
}

@ObjectType()
export class PlanStepView {
  @Field(() => PlanStepActEnum)
  act!: PlanStepProgress['act'];

  @Field(() => ID, { description: 'TOGETHER: the first of its `members`.' })
  extension!: string;

  @Field(() => String, { nullable: true })
  from!: string | null;

  @Field(() => String, { nullable: true })
  to!: string | null;

  @Field(() => [PlanStepMember], { description: 'TOGETHER: the upgrades that take over as one; else empty.' })
  members!: PlanStepMember[];

  @Field(() => PlanStepStateEnum)
  state!: PlanStepProgress['state'];

  @Field(() => String, { nullable: true, description: 'Why it failed, or what could not be taken back.' })
  detail!: string | null;

  @Field(() => Date, { nullable: true })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;
}

@ObjectType({ description: 'How the last plan of the tenant goes, or went.' })
export class PlanProgress {
  @Field(() => ID)
  plan!: string;

  @Field(() => String)
  hash!: string;

  @Field(() => PlanOutcomeEnum)
  outcome!: PlanProgressView['outcome'];

  @Field(() => [PlanStepView])
  steps!: PlanStepView[];

  @Field(() => String, { nullable: true })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  reason!: string | null;

  @Field(() => Date)
  startedAt!: Date;

  @Field(() => String)
  startedBy!: string;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;
}

export function changeOf({ act, extension, version = null, enable }: ExtensionChangeInput): PlanChange {
  switch (act) {
    case 'install':
      return { act, extension, range: version, enable };
    case 'upgrade':
      return { act, extension, range: version };
    default:
      return { act, extension };
  }
}

/** `tables` in the order of the operations. */
export function planInSchema({ plan, hash }: PlanPreview, tables: readonly (TablePreview | null)[]): ExtensionPlan {
  const { conflict } = plan;
  return {
    hash,
    operations: plan.operations.map((operation, place) => operationOf(operation, plan.breaks, tables[place] ?? null)),
    groups: plan.groups.map(({ extensions, reasons }) => ({ extensions: [...extensions], reason: reasons.join(' ') })),
    breaks: [...plan.breaks],
    obstacles: plan.obstacles.map(({ code, facts }) => {
      const { message, next } = wording(code, facts);
      return { code, reason: message, next };
    }),
    conflict: conflict === null ? null : { ...conflict, culprits: [...conflict.culprits], cures: [...conflict.cures] },
    basis: [...plan.basis],
  };
}

export function changedPlan({ state, revision, position }: CommandOutcome<PlanState>): ChangedPlan {
  const running = state.status !== 'idle';
  return { plan: running ? state.plan : state.last, running, revision: revision.toString(), position };
}

export function planProgressOf({
  plan,
  hash,
  outcome,
  steps,
  code,
  reason,
  startedAt,
  startedBy,
  endedAt,
}: PlanProgressView): PlanProgress {
  return { plan, hash, outcome, steps: steps.map(stepOf), code, reason, startedAt, startedBy, endedAt };
}

function operationOf(planned: PlannedOperation, breaks: Plan['breaks'], tables: TablePreview | null): PlannedChange {
  const { resourceClass, grants, consent, sections, ...operation } = planned;
  return {
    ...operation,
    steps: [...stepsToDo(planned)],
    waitsFor: [...holdsOf(planned, breaks)],
    together: [...planned.together],
    tables: tables === null ? null : { ...tables, changes: [...tables.changes], problems: [...tables.problems] },
    resourceClassFrom: resourceClass.from,
    resourceClassTo: resourceClass.to,
    grants: grantsOf(grants),
    consent: [...consent],
    sections: sections.map(({ section, added, removed, changed }) => ({
      section,
      added: [...added],
      removed: [...removed],
      changed: [...changed],
    })),
  };
}

function grantsOf({ added, widened, removed }: GrantDifference): PlannedGrants {
  const shown = ({ id, scope, reason }: GrantDifference['added'][number]): PlannedGrant => ({ id, scope: JSON.stringify(scope), reason });
  return { added: added.map(shown), widened: widened.map(shown), removed: [...removed] };
}

function stepOf({ members = [], startedAt, endedAt, ...step }: PlanStepProgress): PlanStepView {
  return { ...step, members: [...members], startedAt: dateOf(startedAt), endedAt: dateOf(endedAt) };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

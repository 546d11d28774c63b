// Whether a run can go on by another version of its document: each thing that is open, done and not followed up, or owed must have its place there,
// in the same scope and of the same kind, and the data that the newer version will judge must fit it. Pure; says everything that is in the way.
import { canonicalJson } from '@kari/kernel';
import { callTemplate, isOutgoing } from '../calls/call-template.rules.js';
import type { CallTask, ForTask, ForkTask, ListenTask, Task, TryTask } from '../definition/document.js';
import { eventVariables, loopVariables } from '../definition/tasks.rules.js';
import { entriesOf, following, listOf, taskAt, valueAt, type Entry } from '../run/flow.rules.js';
import { taskKindOf } from '../run/interpreter/task-begin.rules.js';
import { movedTo, type Moves } from '../run/moves.rules.js';
import { placeOf } from '../run/place.rules.js';
import { childrenOf, type OpenTask, type RunState } from '../run/run-state.rules.js';
import type { Versions } from './mapping.rules.js';

/** What a value breaks of a schema, in words; null for nothing. */
type SchemaFault = (schema: unknown, value: unknown) => string | null;

export interface MigrationQuestion extends Versions {
  readonly moves: Moves;
  readonly schemaFault: SchemaFault;
}

/** Something open that stands in the way. */
interface Obstacle {
  /** Of the run; it may be a task that is done and would have to be undone. */
  readonly task: string;
  /** Where it stands in the older version: what a mapping names. */
  readonly place: string;
  readonly reason: string;
}

export interface MigrationVerdict {
  /** None: the run can be moved. */
  readonly obstacles: readonly Obstacle[];
  /** Where its open tasks stand, and would. */
  readonly open: readonly { readonly task: string; readonly from: string; readonly to: string | null }[];
  /** Tasks that would wait for other events from then on. */
  readonly anew: readonly string[];
}

export function judgeMigration(state: RunState, question: MigrationQuestion): MigrationVerdict {
  const tasks = [...state.tasks.values()];
  const obstacles = [
    ...tasks.flatMap((task) => reasonsOf(state, task, question).map((reason) => ({ task: task.id, place: placeOf(task.pointer), reason }))),
    ...owed(state, question),
    ...misfits(state, question),
  ];
  return {
    obstacles,
    open: tasks.map(({ id, pointer }) => ({ task: id, from: pointer, to: standing(pointer, question) })),
    anew: tasks.filter((task) => listensAnew(task, question)).map(({ id }) => id),
  };
}

/** Null where the newer version has nothing. */
function standing(pointer: string, { to, moves }: MigrationQuestion): string | null {
  const there = movedTo(moves, pointer);
  return there === null || valueAt(to, there) === undefined ? null : there;
}

function reasonsOf(state: RunState, task: OpenTask, question: MigrationQuestion): readonly string[] {
  const there = standing(task.pointer, question);
  const parent = task.parent === null ? null : (state.tasks.get(task.parent) ?? null);
  if (there === null) return ['it has no place in the newer version: map it to the task that it is there'];
  const found = valueAt(question.to, there);
  if (isFrame(task, parent)) return Array.isArray(found) ? inList(task, there, question) : ['its place holds no list of tasks there'];
  const kind = taskKindOf(found as Task);
  if (kind !== task.kind) return [`it is a task of the kind ${task.kind}, and ${placeOf(there)} is one of the kind ${kind}`];
  if (parent !== null && !standsIn(parent, there, question))
    return [`it stands in ${placeOf(parent.pointer)}, and ${placeOf(there)} stands in another scope`];
  return ofKind(state, task, there, question);
}

/** The list of a loop, a branch, a try or the whole document: it has no entry of its own. */
function isFrame(task: OpenTask, parent: OpenTask | null): boolean {
  return task.kind === 'do' && (parent === null || ['for', 'try', 'listen'].includes(parent.kind));
}

function standsIn(parent: OpenTask, pointer: string, question: MigrationQuestion): boolean {
  const there = standing(parent.pointer, question);
  return there !== null && entriesBelow(parent, there, question.to).some((entry) => entry.pointer === pointer);
}

function entriesBelow({ kind }: OpenTask, pointer: string, document: Versions['to']): readonly Entry[] {
  return entriesOf(document, kind === 'fork' ? `${pointer}/fork/branches` : listOf(document, pointer));
}

function ofKind(state: RunState, task: OpenTask, there: string, question: MigrationQuestion): readonly string[] {
  const [was, is] = [taskAt(question.from, task.pointer), taskAt(question.to, there)];
  switch (task.kind) {
    case 'do':
      return inList(task, there, question);
    case 'call':
      return underWay(was as CallTask, is as CallTask, question);
    case 'for':
      return [...loops(task, is as ForTask), ...lends(state, task, loopVariables(was as ForTask), loopVariables(is as ForTask))];
    case 'fork':
      return forks(task, there, was as ForkTask, is as ForkTask, question);
    case 'try':
      return task.phase === 'catch' ? lends(state, task, [caughtAs(was as TryTask)], [caughtAs(is as TryTask)]) : [];
    case 'listen':
      return listens(state, task, was as ListenTask, is as ListenTask);
    default:
      return [];
  }
}

/** A child that is done and whose list has not gone on yet: what comes next is looked up behind it. */
function inList(task: OpenTask, there: string, question: MigrationQuestion): readonly string[] {
  const [ended] = task.ended;
  if (ended === undefined || ended.next === 'exit' || ended.next === 'end') return [];
  const entries = entriesBelow(task, there, question.to);
  if (ended.next === 'continue') {
    const after = movedTo(question.moves, ended.pointer);
    return entries.some(({ pointer }) => pointer === after)
      ? []
      : [`${ended.name} is done in it, and has no place in it there: map it, or let the run go on to its next task`];
  }
  const target = entriesBelow(task, task.pointer, question.from).find(({ name }) => name === ended.next);
  const next = target === undefined ? null : movedTo(question.moves, target.pointer);
  return entries.some(({ name, pointer }) => name === ended.next && pointer === next)
    ? []
    : [`it is about to go on with ${ended.next}, which is not in it there: let the run go on to that task first`];
}

/** A repeat is made with what stands in the history; secrets are looked up by the document. */
function underWay(was: CallTask, is: CallTask, { from, to }: MigrationQuestion): readonly string[] {
  const [before, after] = [callTemplate(from, was), callTemplate(to, is)];
  if (before.call !== after.call) return [`it calls ${before.call}, and there ${after.call}: a call that is under way has to end first`];
  if (isOutgoing(before.call) && canonicalJson(before) !== canonicalJson(after))
    return ['it sends something else there: a call that is under way has to end first'];
  return [];
}

function loops({ arguments: args }: OpenTask, is: ForTask): readonly string[] {
  const collects = (args as { readonly collect?: boolean } | undefined)?.collect === true;
  const would = (is.metadata?.kari?.concurrency ?? 1) > 1;
  return collects === would ? [] : ['its rounds come one after the other in one version and side by side in the other'];
}

/** Tasks that are open keep the variables that they were lent. */
function lends(state: RunState, task: OpenTask, was: readonly string[], is: readonly string[]): readonly string[] {
  const same = was.every((name, index) => name === is[index]);
  if (same || childrenOf(state, task.id).length === 0) return [];
  return [
    `what is open in it knows ${was.map((name) => `$${name}`).join(', ')}, and would there be lent ${is.map((name) => `$${name}`).join(', ')}`,
  ];
}

function caughtAs({ catch: clause }: TryTask): string {
  return clause.as ?? 'error';
}

/** Outputs are kept by the index of their branch. */
function forks(task: OpenTask, there: string, was: ForkTask, is: ForkTask, question: MigrationQuestion): readonly string[] {
  const [before, after] = [entriesBelow(task, task.pointer, question.from), entriesBelow(task, there, question.to)];
  const begun = before.slice(0, task.made);
  const lost = begun.filter(({ pointer }, index) => movedTo(question.moves, pointer) !== after[index]?.pointer).map(({ name }) => name);
  return [
    ...(lost.length === 0 ? [] : [`its branches that have begun must keep their order: ${lost.join(', ')}`]),
    ...((was.fork.compete ?? false) === (is.fork.compete ?? false) ? [] : ['its branches compete in one version and not in the other']),
  ];
}

function listens(state: RunState, task: OpenTask, was: ListenTask, is: ListenTask): readonly string[] {
  const heard = task.listening?.received.length ?? 0;
  return [
    ...(heard > 0 && listensFor(was) !== listensFor(is) ? [`it has heard ${heard} events, and listens for something else there`] : []),
    ...(task.made > 0 && (was.foreach === undefined) !== (is.foreach === undefined)
      ? ['it does tasks for each event in one version and not in the other']
      : []),
    ...lends(state, task, eventVariables(was), eventVariables(is)),
  ];
}

function listensFor({ listen }: ListenTask): string {
  return canonicalJson(listen);
}

function listensAnew(task: OpenTask, question: MigrationQuestion): boolean {
  if (task.kind !== 'listen' || task.listening === null || task.listening.received.length > 0) return false;
  const there = standing(task.pointer, question);
  const is = there === null ? undefined : (taskAt(question.to, there) as Partial<ListenTask>);
  const was = taskAt(question.from, task.pointer) as ListenTask;
  return is?.listen !== undefined && listensFor(was) !== listensFor(is as ListenTask);
}

/** What was done and names a compensation is still undone when the run does not complete. */
function owed(state: RunState, question: MigrationQuestion): readonly Obstacle[] {
  return state.undo
    .filter(({ pointer }) => {
      const there = standing(pointer, question);
      return there === null || !Array.isArray(valueAt(question.to, there));
    })
    .map(({ task, pointer }) => ({
      task,
      place: placeOf(pointer.slice(0, -COMPENSATE.length)),
      reason: 'it is done, and the newer version would not undo it: map it to a task with a compensation',
    }));
}

const COMPENSATE = '/metadata/kari/compensate';

/** Values that stand already and that schemas of the newer version are held to. */
function misfits(state: RunState, question: MigrationQuestion): readonly Obstacle[] {
  const { to, schemaFault } = question;
  const judged: readonly {
    readonly task: string;
    readonly place: string;
    readonly what: string;
    readonly schema: unknown;
    readonly value: unknown;
  }[] = [
    { task: '/do', place: '/do', what: 'the input of the run', schema: to.input?.schema?.document, value: state.start?.input ?? null },
    ...contextJudged(state, question),
    ...[...state.tasks.values()].flatMap((task) => inputsJudged(task, question)),
  ];
  return judged.flatMap(({ task, place, what, schema, value }) => {
    const fault = schema === undefined ? null : schemaFault(schema, value);
    return fault === null ? [] : [{ task, place, reason: `${what} does not fit the newer version: ${fault}` }];
  });
}

function contextJudged({ context, exportedBy }: RunState, question: MigrationQuestion) {
  const there = exportedBy === null ? null : standing(exportedBy, question);
  if (exportedBy === null || there === null) return [];
  const round = '/foreach/do';
  const { export: exported } = taskAt(question.to, there.endsWith(round) ? there.slice(0, -'/do'.length) : there);
  return [{ task: exportedBy, place: placeOf(exportedBy), what: 'the context', schema: exported?.schema?.document, value: context }];
}

/** What open tasks were given, and what the next task of a list would be. */
function inputsJudged(task: OpenTask, question: MigrationQuestion) {
  const there = standing(task.pointer, question);
  if (there === null) return [];
  const place = placeOf(task.pointer);
  const own = taskAt(question.to, there).input?.schema?.document;
  const [ended] = task.kind === 'do' ? task.ended : [];
  const after = ended === undefined ? null : movedTo(question.moves, ended.pointer);
  const next =
    ended === undefined || after === null ? null : following(entriesBelow(task, there, question.to), { ...ended, pointer: after });
  return [
    { task: task.id, place, what: 'its input', schema: own, value: task.raw },
    ...(ended === undefined || next === null
      ? []
      : [
          {
            task: task.id,
            place: placeOf(next.pointer),
            what: `the input of ${next.name}, which comes next,`,
            schema: taskAt(question.to, next.pointer).input?.schema?.document,
            value: ended.output,
          },
        ]),
  ];
}

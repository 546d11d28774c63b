// What a document asks for that this engine does not do. Said when it is saved, refused before anything runs, never left out in silence.
import { isOutgoing } from '../calls/call-template.rules.js';
import { PROTOCOLS, REFUSED } from '../definition/call.rules.js';
import { kindOf, type CallTask, type Task, type TaskList, type WorkflowDocument } from '../definition/document.js';
import { below } from '../definition/problem.rules.js';
import { unsupportedSchedule } from '../signals/event-schedule.rules.js';
import { entriesOf, valueAt } from './flow.rules.js';

export interface Unsupported {
  readonly construct: string;
  readonly pointer: string;
}

/** All of them, in the order of the document. */
export function unsupportedIn(document: WorkflowDocument): readonly Unsupported[] {
  const { use = {} } = document;
  const schedule = unsupportedSchedule(document.schedule);
  return [
    ...when((use.extensions?.length ?? 0) > 0, 'use.extensions', '/use/extensions'),
    ...Object.entries(use.functions ?? {}).flatMap(([name, shared]) => inTask(document, shared, below('/use/functions', name))),
    ...inList(document, '/do'),
    ...when(schedule !== null, schedule ?? '', '/schedule/on'),
  ];
}

function when(asked: boolean, construct: string, pointer: string): readonly Unsupported[] {
  return asked ? [{ construct, pointer }] : [];
}

function inList(document: WorkflowDocument, list: string): readonly Unsupported[] {
  return entriesOf(document, list).flatMap(({ pointer }) => inTask(document, valueAt(document, pointer) as Task, pointer));
}

function inTask(document: WorkflowDocument, task: Task, pointer: string): readonly Unsupported[] {
  const compensate = task.metadata?.kari?.compensate;
  return [
    ...(['input', 'output', 'export'] as const).flatMap((side) =>
      when(task[side]?.schema?.resource !== undefined, 'a schema from elsewhere', `${pointer}/${side}`),
    ),
    ...ofKind(document, task, pointer),
    ...(compensate === undefined ? [] : inList(document, `${pointer}/metadata/kari/compensate`)),
  ];
}

function ofKind(document: WorkflowDocument, task: Task, pointer: string): readonly Unsupported[] {
  switch (kindOf(task)) {
    case 'call': {
      const { call } = task as CallTask;
      const shared = document.use?.functions?.[call];
      if (/^approval\.request(@1)?$/.test(call))
        return when(task.metadata?.kari?.rateLimit !== undefined, 'a rate limit of an approval', pointer);
      if (shared !== undefined) return when(kindOf(shared) !== 'call', 'a function that is no call', pointer);
      const { with: given = {} } = task as CallTask;
      if (call === 'asyncapi' && 'subscription' in given) return when(true, 'a subscription of call: asyncapi', pointer);
      return when([...PROTOCOLS, ...REFUSED].includes(call) && !isOutgoing(call), `call: ${call}`, pointer);
    }
    case 'do':
    case 'for':
      return inList(document, `${pointer}/do`);
    case 'fork':
      return inList(document, `${pointer}/fork/branches`);
    case 'try': {
      const { catch: clause } = task as { catch?: { do?: TaskList } };
      return [...inList(document, `${pointer}/try`), ...(clause?.do === undefined ? [] : inList(document, `${pointer}/catch/do`))];
    }
    case 'listen':
      return inList(document, `${pointer}/foreach/do`);
    case 'run': {
      const { run } = task as { run: object };
      return when(!('workflow' in run), `run: ${Object.keys(run).join(', ')}`, pointer);
    }
    default:
      return [];
  }
}

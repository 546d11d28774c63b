// Walks a document: every task with its place, the list it stands in, and the variables that its expressions may name.
import type { Json } from '../json.js';
import { kindOf, pointerOf, type Task, type TaskKind, type TaskList, type WorkflowDocument } from './document.js';
import { below } from './problem.rules.js';

export interface PlacedTask {
  readonly name: string;
  readonly pointer: string;
  readonly task: Task;
  readonly kind: TaskKind;
  /** Names of variables of enclosing `for`, `catch` and `foreach`. */
  readonly variables: readonly string[];
}

export interface PlacedList {
  readonly pointer: string;
  /** `branches` run side by side: no flow leads from one to another. */
  readonly role: 'do' | 'try' | 'catch' | 'branches' | 'foreach' | 'compensate' | 'before' | 'after';
  readonly tasks: readonly PlacedTask[];
}

/** Every list of tasks, outer ones first; functions stand in lists of their own. */
export function listsOf(document: WorkflowDocument): readonly PlacedList[] {
  const lists: PlacedList[] = [];
  addList(lists, document.do, '/do', 'do', []);
  for (const [name, task] of Object.entries(document.use?.functions ?? {})) {
    const pointer = below('/use/functions', name);
    const placed = placedTask(name, task, pointer, []);
    lists.push({ pointer, role: 'do', tasks: [placed] });
    addInner(lists, placed);
  }
  (document.use?.extensions ?? []).forEach((item, index) => {
    for (const [name, extension] of Object.entries(item)) {
      for (const role of ['before', 'after'] as const) {
        addList(lists, extension[role], below('/use/extensions', index, name, role), role, []);
      }
    }
  });
  return lists;
}

export function tasksOf(document: WorkflowDocument): readonly PlacedTask[] {
  return listsOf(document).flatMap(({ tasks }) => tasks);
}

/** Whether it reads as the schema says is not asked: lists and tasks of another form are passed over. */
function addList(
  lists: PlacedList[],
  list: TaskList | undefined,
  pointer: string,
  role: PlacedList['role'],
  variables: readonly string[],
): void {
  if (!Array.isArray(list)) return;
  const tasks = (list as TaskList).flatMap((item, index) => {
    const [name] = Object.keys(item ?? {});
    const task = name === undefined ? undefined : item[name];
    if (name === undefined || typeof task !== 'object' || task === null) return [];
    return [placedTask(name, task, pointerOf(pointer, index, name), variables)];
  });
  lists.push({ pointer, role, tasks });
  for (const task of tasks) addInner(lists, task);
}

function placedTask(name: string, task: Task, pointer: string, variables: readonly string[]): PlacedTask {
  return { name, pointer, task, kind: kindOf(task), variables };
}

function addInner(lists: PlacedList[], { task, kind, pointer, variables }: PlacedTask): void {
  const add = (list: TaskList | undefined, path: readonly string[], role: PlacedList['role'], more: readonly string[] = []) =>
    addList(lists, list, below(pointer, ...path), role, [...variables, ...more]);
  add(task.metadata?.kari?.compensate, ['metadata', 'kari', 'compensate'], 'compensate', ['output']);
  if (kind === 'do' && 'do' in task) add(task.do, ['do'], 'do');
  else if ('for' in task) add(task.do, ['do'], 'do', loopVariables(task));
  else if ('fork' in task) add(task.fork.branches, ['fork', 'branches'], 'branches');
  else if ('try' in task) {
    add(task.try, ['try'], 'try');
    add(task.catch.do, ['catch', 'do'], 'catch', [task.catch.as ?? 'error']);
  } else if ('listen' in task) add(task.foreach?.do, ['foreach', 'do'], 'foreach', eventVariables(task));
}

export function loopVariables({ for: loop }: Extract<Task, { for: unknown }>): readonly string[] {
  return [loop.each ?? 'item', loop.at ?? 'index'];
}

export function eventVariables({ foreach }: Extract<Task, { listen: unknown }>): readonly string[] {
  return [foreach?.item ?? 'item', foreach?.at ?? 'index'];
}

/** Every text inside a value, with its pointer. */
export function textsIn(value: Json | undefined, pointer: string): readonly { readonly pointer: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ pointer, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, below(pointer, name)));
}

// Where the flow of a workflow goes: names, targets, tasks that nothing leads to, branches and cases.
import { suggestionFor } from './words.rules.js';
import type { FlowDirective, WorkflowDocument } from './document.js';
import { below, type Finding } from './problem.rules.js';
import { listsOf, tasksOf, type PlacedList, type PlacedTask } from './tasks.rules.js';

const DIRECTIVES = ['continue', 'exit', 'end'];
const FORBIDDEN_RUNS = ['shell', 'script', 'container'] as const;

export function flowFindings(document: WorkflowDocument): readonly Finding[] {
  return [
    ...listsOf(document).flatMap((list) => [...nameFindings(list), ...reachFindings(list)]),
    ...tasksOf(document).flatMap(formFindings),
  ];
}

/** Two tasks of one list bear different names, and none the name of a directive. */
function nameFindings({ tasks }: PlacedList): readonly Finding[] {
  return tasks.flatMap(({ name, pointer }, index): readonly Finding[] => {
    if (DIRECTIVES.includes(name)) {
      const reason = `"${name}" is a directive of \`then\` and cannot name a task`;
      return [{ code: 'WORKFLOW_TASK_NAME_DUPLICATE', pointer, reason, fix: 'Rename the task.', atKey: true }];
    }
    if (tasks.findIndex((other) => other.name === name) === index) return [];
    const reason = `"${name}" stands twice in this list`;
    return [{ code: 'WORKFLOW_TASK_NAME_DUPLICATE', pointer, reason, fix: 'Rename one: `then` could not tell them apart.', atKey: true }];
  });
}

/** A `then` names a task of its own list, and every task can be reached from the first one. */
function reachFindings(list: PlacedList): readonly Finding[] {
  const { tasks, role } = list;
  const findings: Finding[] = [];
  const reached = new Set<number>(role === 'branches' ? tasks.keys() : [0]);
  const follow = (index: number, then: FlowDirective | undefined, pointer: string): void => {
    if (then === 'exit' || then === 'end') return;
    const target = then === undefined || then === 'continue' ? index + 1 : tasks.findIndex(({ name }) => name === then);
    if (target >= 0 && (role !== 'branches' || target === index + 1)) return void reached.add(target);
    const known = role === 'branches' ? DIRECTIVES : [...tasks.map(({ name }) => name), ...DIRECTIVES];
    const reason = role === 'branches' ? `"${then}" cannot be reached from a branch` : `there is no task "${then}" in this list`;
    findings.push({ code: 'WORKFLOW_TARGET_UNKNOWN', pointer, reason, fix: suggestionFor(then ?? '', known) });
  };
  const visited = new Set<number>();
  const visit = (index: number): void => {
    const placed = tasks[index];
    if (placed === undefined || visited.has(index)) return;
    visited.add(index);
    for (const { then, pointer } of leaving(placed)) follow(index, then, pointer);
  };
  for (let size = -1; size !== visited.size;) {
    size = visited.size;
    [...reached].forEach(visit);
  }
  tasks.forEach((placed, index) => {
    if (visited.has(index)) return;
    // Their targets are judged too, though nothing follows them.
    for (const { then, pointer } of leaving(placed)) if (then !== undefined) follow(index, then, pointer);
    findings.push({
      code: 'WORKFLOW_TASK_UNREACHABLE',
      pointer: placed.pointer,
      reason: `no flow leads to "${placed.name}"`,
      fix: 'Name it in a `then`, move it, or remove it.',
      atKey: true,
    });
  });
  return findings;
}

function leaving({ task, pointer }: PlacedTask): readonly { readonly then: FlowDirective | undefined; readonly pointer: string }[] {
  const own = { then: task.then, pointer: below(pointer, 'then') };
  const skipped = task.if === undefined ? [] : [{ then: undefined, pointer }];
  if ('raise' in task) return skipped;
  if (!('switch' in task)) return [own, ...skipped];
  const cases = task.switch.flatMap((item, index) =>
    Object.entries(item).map(([name, { when, then }]) => ({ when, then, pointer: below(pointer, 'switch', index, name, 'then') })),
  );
  return [...cases, ...(cases.some(({ when }) => when === undefined) ? [] : [own]), ...skipped];
}

/** A fork has branches, a list has tasks, a switch has one default and different names; `run` starts workflows alone. */
function formFindings({ task, pointer, kind }: PlacedTask): readonly Finding[] {
  if ('fork' in task) return emptyFinding(task.fork.branches, below(pointer, 'fork', 'branches'), 'a fork needs at least one branch');
  if ('try' in task) return emptyFinding(task.try, below(pointer, 'try'), 'there is nothing to try');
  if ('for' in task || kind === 'do') return emptyFinding((task as { do?: unknown }).do, below(pointer, 'do'), 'the list has no task');
  if ('switch' in task) return caseFindings(task.switch, below(pointer, 'switch'));
  if (!('run' in task)) return [];
  const found = FORBIDDEN_RUNS.find((way) => Object.hasOwn(task.run, way));
  if (found === undefined) return [];
  const reason = `\`run: ${found}\` would run a program outside every sandbox`;
  const fix = 'Write an extension that does it as a plugin, and call the plugin.';
  return [{ code: 'WORKFLOW_TASK_FORBIDDEN', pointer: below(pointer, 'run', found), reason, fix, atKey: true }];
}

function emptyFinding(list: unknown, pointer: string, reason: string): readonly Finding[] {
  if (!Array.isArray(list) || list.length > 0) return [];
  return [{ code: 'WORKFLOW_BRANCHES_MISSING', pointer, reason, fix: 'Add a task, or remove this one.' }];
}

function caseFindings(cases: Extract<PlacedTask['task'], { switch: unknown }>['switch'], pointer: string): readonly Finding[] {
  const placed = cases.flatMap((item, index) =>
    Object.entries(item).map(([name, one]) => ({ name, ...one, at: below(pointer, index, name) })),
  );
  const defaults = placed.filter(({ when }) => when === undefined);
  return placed.flatMap(({ name, at, when }, index): readonly Finding[] => {
    if (placed.findIndex((other) => other.name === name) !== index) {
      const reason = `the case "${name}" stands twice in this switch`;
      return [{ code: 'WORKFLOW_TASK_NAME_DUPLICATE', pointer: at, reason, fix: 'Rename one.', atKey: true }];
    }
    if (when === undefined && defaults[0]!.at !== at) {
      return [
        { code: 'WORKFLOW_TARGET_UNKNOWN', pointer: at, reason: 'a second case without `when` is never taken', fix: 'Give it a `when`.' },
      ];
    }
    return [];
  });
}

/** An empty workflow does nothing. */
export function emptyWorkflow({ do: list }: WorkflowDocument): readonly Finding[] {
  return emptyFinding(list, '/do', 'the workflow has no task');
}

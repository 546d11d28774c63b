// A document as a Mermaid flowchart. Names are escaped: what an author typed is only ever a label.
import type { FlowDirective, TaskList, WorkflowDocument } from './document.js';
import { kindOf, type Task } from './document.js';
import { millisecondsOf } from './timing.rules.js';

const LONGEST_LABEL = 60;

interface Drawing {
  readonly lines: string[];
  nodes: number;
  groups: number;
}

/** Loose ends that the next thing is joined to, each with what its arrow says. */
type Ends = readonly { readonly from: string; readonly label: string }[];

export function mermaidOf(document: WorkflowDocument): string {
  const drawing: Drawing = { lines: [], nodes: 0, groups: 0 };
  drawing.lines.push(`  start(["${labelOf(startOf(document))}"])`);
  const ends = draw(drawing, document.do, [{ from: 'start', label: '' }], '  ');
  drawing.lines.push('  finish(["end"])');
  join(drawing, [...ends.next, ...ends.finished], 'finish', '  ');
  return `flowchart TD\n${drawing.lines.join('\n')}\n`;
}

function startOf({ schedule, document }: WorkflowDocument): string {
  const zone = document.metadata?.kari?.timeZone;
  if (schedule?.cron !== undefined) return `cron ${schedule.cron}${zone === undefined ? '' : ` ${zone}`}`;
  if (schedule?.every !== undefined) return `every ${durationText(schedule.every)}`;
  if (schedule?.after !== undefined) return `after ${durationText(schedule.after)}`;
  return schedule?.on === undefined ? 'start' : 'on events';
}

interface Outcome {
  /** Where the flow goes on behind the list. */
  readonly next: Ends;
  /** Where the workflow ends. */
  readonly finished: Ends;
}

function draw(drawing: Drawing, list: TaskList, entering: Ends, indent: string): Outcome {
  const placed = list.flatMap((item) => Object.entries(item)).map(([name, task]) => ({ name, task, id: `t${(drawing.nodes += 1)}` }));
  const left: { from: string; label: string }[] = [];
  const finished: { from: string; label: string }[] = [];
  let ends: Ends = entering;
  const jumps: { from: string; label: string; to: string }[] = [];
  const lead = (from: string, label: string, then: FlowDirective | undefined): Ends => {
    if (then === undefined || then === 'continue') return [{ from, label }];
    if (then === 'exit') left.push({ from, label });
    else if (then === 'end') finished.push({ from, label });
    else jumps.push({ from, label, to: then });
    return [];
  };
  for (const { name, task, id } of placed) {
    const inner = node(drawing, name, task, id, indent);
    join(drawing, ends, inner.entry, indent);
    finished.push(...inner.finished);
    if ('switch' in task) {
      const cases = task.switch.flatMap((item) => Object.entries(item));
      const out = cases.flatMap(([label, { then }]) => lead(inner.entry, label, then));
      ends = cases.some(([, { when }]) => when === undefined) ? out : [...out, ...lead(inner.entry, 'else', task.then)];
    } else if ('raise' in task) ends = task.if === undefined ? [] : [{ from: inner.entry, label: 'else' }];
    else ends = inner.exits.flatMap(({ from, label }) => lead(from, label, task.then));
  }
  for (const { from, label, to } of jumps) {
    const target = placed.find(({ name }) => name === to);
    if (target !== undefined) join(drawing, [{ from, label }], target.id, indent);
  }
  return { next: [...left, ...ends], finished };
}

interface Node {
  readonly entry: string;
  readonly exits: Ends;
  readonly finished: Ends;
}

function node(drawing: Drawing, name: string, task: Task, id: string, indent: string): Node {
  const { lines } = drawing;
  const title = task.if === undefined ? name : `${name} (if)`;
  const shape = (text: string, open: string, close: string): Node => {
    lines.push(`${indent}${id}${open}"${labelOf(text)}"${close}`);
    return { entry: id, exits: [{ from: id, label: '' }], finished: [] };
  };
  switch (kindOf(task)) {
    case 'call':
      return shape(`${title}: ${(task as { call: string }).call}`, '[[', ']]');
    case 'set':
      return shape(`${title}: set`, '[', ']');
    case 'switch':
      return shape(title, '{', '}');
    case 'wait':
      return shape(`${title}: wait ${durationText((task as { wait: unknown }).wait)}`, '([', '])');
    case 'listen':
      return shape(`${title}: listen`, '>', ']');
    case 'emit':
      return shape(
        `${title}: emit ${String((task as { emit: { event: { with: { type?: string } } } }).emit.event.with.type ?? '')}`,
        '>',
        ']',
      );
    case 'raise':
      return shape(`${title}: raise`, '{{', '}}');
    case 'run':
      return shape(`${title}: run ${runText(task)}`, '[[', ']]');
    case 'do':
      return group(drawing, title, id, indent, [{ list: (task as { do: TaskList }).do, label: '' }]);
    case 'for':
      return group(drawing, `${title}: for each`, id, indent, [{ list: (task as { do: TaskList }).do, label: 'each' }]);
    case 'fork': {
      const { branches, compete } = (task as Extract<Task, { fork: unknown }>).fork;
      const drawn = branches.map((item) => ({ list: [item], label: '' }));
      return group(drawing, `${title}: ${compete === true ? 'first of' : 'all of'}`, id, indent, drawn);
    }
    case 'try': {
      const { try: tried, catch: caught } = task as Extract<Task, { try: unknown }>;
      const handled = caught.do === undefined || caught.do.length === 0 ? [] : [{ list: caught.do, label: 'on error' }];
      return group(drawing, `${title}: try${caught.retry === undefined ? '' : ' again'}`, id, indent, [
        { list: tried, label: '' },
        ...handled,
      ]);
    }
  }
}

/** A box around lists that all start at its head. */
function group(drawing: Drawing, title: string, id: string, indent: string, parts: readonly { list: TaskList; label: string }[]): Node {
  const { lines } = drawing;
  const inner = `${indent}  `;
  lines.push(`${indent}subgraph g${(drawing.groups += 1)}["${labelOf(title)}"]`, `${inner}${id}(( ))`);
  const outcomes = parts.map(({ list, label }) => draw(drawing, list, [{ from: id, label }], inner));
  lines.push(`${indent}end`);
  const exits = outcomes.flatMap(({ next }) => next);
  return { entry: id, exits, finished: outcomes.flatMap(({ finished }) => finished) };
}

function join({ lines }: Drawing, ends: Ends, to: string, indent: string): void {
  for (const { from, label } of ends) lines.push(`${indent}${from} -->${label === '' ? '' : `|"${labelOf(label)}"|`} ${to}`);
}

function runText(task: Task): string {
  const { workflow } = (task as Extract<Task, { run: unknown }>).run;
  return workflow === undefined ? '' : `${workflow.name} ${workflow.version}`;
}

function durationText(duration: unknown): string {
  if (typeof duration === 'string') return duration;
  const milliseconds = millisecondsOf(duration as never);
  return milliseconds === null ? '?' : `${milliseconds / 1_000} s`;
}

/** Everything but letters, digits and plain punctuation becomes an entity, so that no name can close a label or start a directive. */
function labelOf(text: string): string {
  const cut = [...text].length > LONGEST_LABEL ? `${[...text].slice(0, LONGEST_LABEL - 1).join('')}…` : text;
  return cut.replace(/[^\p{L}\p{N} .,/@:*+()_…?!-]/gu, (character) => `#${character.codePointAt(0)!};`);
}

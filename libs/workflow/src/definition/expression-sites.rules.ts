// Every expression of a document with its place and the variables it may name.
import { isRuntimeExpression, programOf } from '../expression/evaluator.js';
import { closureOf } from '../expression/jq-closures.rules.js';
import { freeVariables, simpleSyntax } from '../expression/jq-syntax.rules.js';
import { isJsonObject, type Json } from '../json.js';
import type { EventConsumption, WorkflowDocument } from './document.js';
import { below, type Finding } from './problem.rules.js';
import { eventVariables, loopVariables, tasksOf, textsIn, type PlacedTask } from './tasks.rules.js';
import { suggestionFor } from './words.rules.js';

export interface ExpressionSite {
  readonly pointer: string;
  readonly program: string;
  /** Names without `$`. */
  readonly variables: readonly string[];
}

/** What the DSL gives to every expression; `output` only where a result is shaped. */
const COMMON = ['context', 'input', 'task', 'workflow', 'runtime', 'secrets', 'authorization'];

export function expressionsOf(document: WorkflowDocument): readonly ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  const strict = (value: unknown, pointer: string, variables: readonly string[]) => {
    for (const one of textsIn(value as Json, pointer)) {
      if (isRuntimeExpression(one.text)) sites.push({ pointer: one.pointer, program: programOf(one.text), variables });
    }
  };
  const loose = (value: unknown, pointer: string, variables: readonly string[]) => {
    if (typeof value === 'string') sites.push({ pointer, program: programOf(value), variables });
    else strict(value, pointer, variables);
  };
  const data = (of: { readonly from?: unknown; readonly as?: unknown } | undefined, pointer: string, variables: readonly string[]) => {
    loose(of?.from, below(pointer, 'from'), variables);
    loose(of?.as, below(pointer, 'as'), variables);
  };
  const retry = (policy: unknown, pointer: string, variables: readonly string[]) => {
    if (!isJsonObject(policy)) return;
    const { when, exceptWhen, ...rest } = policy;
    loose(when, below(pointer, 'when'), variables);
    loose(exceptWhen, below(pointer, 'exceptWhen'), variables);
    strict(rest, pointer, variables);
  };
  const events = (consumption: EventConsumption, pointer: string, variables: readonly string[]): void => {
    const filters = 'all' in consumption ? consumption.all : 'any' in consumption ? consumption.any : [consumption.one];
    const way = 'all' in consumption ? 'all' : 'any' in consumption ? 'any' : 'one';
    filters.forEach((filter, index) => {
      const at = way === 'one' ? below(pointer, way) : below(pointer, way, index);
      strict(filter.with, below(at, 'with'), variables);
      for (const [name, { from, expect }] of Object.entries(filter.correlate ?? {})) {
        loose(from, below(at, 'correlate', name, 'from'), variables);
        strict(expect, below(at, 'correlate', name, 'expect'), variables);
      }
    });
    if (!('any' in consumption) || consumption.until === undefined) return;
    if (typeof consumption.until === 'string') loose(consumption.until, below(pointer, 'until'), variables);
    else events(consumption.until, below(pointer, 'until'), variables);
  };

  const task = ({ task: of, pointer, variables: outer }: PlacedTask): void => {
    const known = [...COMMON, ...outer];
    const at = (...path: readonly string[]) => below(pointer, ...path);
    loose(of.if, at('if'), known);
    data(of.input, at('input'), known);
    data(of.output, at('output'), [...known, 'output']);
    data(of.export, at('export'), [...known, 'output']);
    strict(of.timeout, at('timeout'), known);
    const kari = of.metadata?.kari;
    strict(kari?.rateLimit, at('metadata', 'kari', 'rateLimit'), known);
    loose(kari?.idempotencyKey, at('metadata', 'kari', 'idempotencyKey'), known);
    if ('call' in of) strict(of.with, at('with'), of.call === 'asyncapi' ? [...known, ...messageVariables(of.with)] : known);
    else if ('set' in of) {
      if (typeof of.set === 'string') loose(of.set, at('set'), known);
      else strict(of.set, at('set'), known);
    } else if ('for' in of) {
      loose(of.for.in, at('for', 'in'), known);
      loose(of.while, at('while'), [...known, ...loopVariables(of)]);
    } else if ('switch' in of) {
      of.switch.forEach((item, index) => {
        for (const [name, { when }] of Object.entries(item)) loose(when, below(pointer, 'switch', index, name, 'when'), known);
      });
    } else if ('try' in of) {
      const caught = [...known, of.catch.as ?? 'error'];
      loose(of.catch.when, at('catch', 'when'), caught);
      loose(of.catch.exceptWhen, at('catch', 'exceptWhen'), caught);
      strict(of.catch.errors, at('catch', 'errors'), known);
      retry(of.catch.retry, at('catch', 'retry'), caught);
    } else if ('raise' in of) strict(of.raise.error, at('raise', 'error'), known);
    else if ('emit' in of) strict(of.emit, at('emit'), known);
    else if ('wait' in of) strict(of.wait, at('wait'), known);
    else if ('run' in of) strict(of.run, at('run'), known);
    else if ('listen' in of) {
      events(of.listen.to, at('listen', 'to'), known);
      const each = [...known, ...eventVariables(of), 'output'];
      data(of.foreach?.output, at('foreach', 'output'), each);
      data(of.foreach?.export, at('foreach', 'export'), each);
    }
  };

  tasksOf(document).forEach(task);
  data(document.input, '/input', COMMON);
  data(document.output, '/output', [...COMMON, 'output']);
  for (const [name, policy] of Object.entries(document.use?.retries ?? {}))
    retry(policy, below('/use/retries', name), [...COMMON, 'error']);
  strict(document.use?.errors, '/use/errors', COMMON);
  strict(document.use?.authentications, '/use/authentications', COMMON);
  (document.use?.extensions ?? []).forEach((item, index) => {
    for (const [name, { when }] of Object.entries(item)) loose(when, below('/use/extensions', index, name, 'when'), COMMON);
  });
  if (document.schedule?.on !== undefined) events(document.schedule.on, '/schedule/on', COMMON);
  const kari = document.document.metadata?.kari;
  loose(kari?.concurrency?.key, '/document/metadata/kari/concurrency/key', COMMON);
  strict(kari?.rateLimit, '/document/metadata/kari/rateLimit', COMMON);
  return sites;
}

/** A subscription of `call: asyncapi` names its messages itself. */
function messageVariables(given: Json | undefined): readonly string[] {
  const subscription = isJsonObject(given) ? given['subscription'] : undefined;
  const each = isJsonObject(subscription) ? subscription['foreach'] : undefined;
  return ['item', 'at'].map((name, index) => {
    const variable = isJsonObject(each) ? each[name] : undefined;
    return typeof variable === 'string' ? variable : ['item', 'index'][index]!;
  });
}

/** What can be said without running jq; `undecided` are the programs that only jq can judge. */
export function judgeExpressions(document: WorkflowDocument): {
  readonly findings: readonly Finding[];
  readonly undecided: readonly ExpressionSite[];
} {
  const findings: Finding[] = [];
  const undecided: ExpressionSite[] = [];
  for (const site of expressionsOf(document)) {
    const syntax = simpleSyntax(site.program);
    if (syntax === null || closureOf(syntax) === null) {
      undecided.push(site);
      continue;
    }
    for (const name of freeVariables(syntax)) if (!site.variables.includes(name)) findings.push(unknownVariable(site, name));
  }
  return { findings, undecided };
}

export function unknownVariable({ pointer, variables }: ExpressionSite, name: string): Finding {
  const reason = `there is no variable $${name} here`;
  const fix = suggestionFor(
    `$${name}`,
    variables.map((one) => `$${one}`),
  );
  return { code: 'WORKFLOW_VARIABLE_UNKNOWN', pointer, reason, fix };
}

// What a document refers to by name must be defined in its `use`; what it listens to and catches must be able to come.
import { isJsonObject, type Json } from '../json.js';
import type { EventConsumption, WorkflowDocument } from './document.js';
import { below, type Finding } from './problem.rules.js';
import { tasksOf, type PlacedTask } from './tasks.rules.js';
import { suggestionFor } from './words.rules.js';

export function referenceFindings(document: WorkflowDocument): readonly Finding[] {
  return [
    ...tasksOf(document).flatMap((placed) => [
      ...namedFindings(document, placed),
      ...catchFindings(placed),
      ...extensionFindings(placed),
      ...('listen' in placed.task ? eventFindings(placed.task.listen.to, below(placed.pointer, 'listen', 'to')) : []),
    ]),
    ...authenticationFindings(document),
    ...(typeof document.timeout === 'string' ? unknown(document.timeout, document.use?.timeouts, '/timeout', 'timeout') : []),
    ...(document.schedule?.on === undefined ? [] : eventFindings(document.schedule.on, '/schedule/on')),
  ];
}

/** A retry, an error and a timeout named by a text are those of `use`. */
function namedFindings({ use }: WorkflowDocument, { task, pointer }: PlacedTask): readonly Finding[] {
  const findings: Finding[] = [];
  if (typeof task.timeout === 'string') findings.push(...unknown(task.timeout, use?.timeouts, below(pointer, 'timeout'), 'timeout'));
  if ('raise' in task && typeof task.raise.error === 'string')
    findings.push(...unknown(task.raise.error, use?.errors, below(pointer, 'raise', 'error'), 'error'));
  if ('try' in task && typeof task.catch.retry === 'string')
    findings.push(...unknown(task.catch.retry, use?.retries, below(pointer, 'catch', 'retry'), 'retry policy'));
  return findings;
}

function unknown(name: string, known: object | undefined, pointer: string, what: string): readonly Finding[] {
  if (Object.hasOwn(known ?? {}, name)) return [];
  const reason = `no ${what} "${name.slice(0, 80)}" is defined in use`;
  return [{ code: 'WORKFLOW_REFERENCE_UNKNOWN', pointer, reason, fix: suggestionFor(name, Object.keys(known ?? {})) }];
}

/** `authentication: { use: x }` names one of `use.authentications`; a secret named by `use` inside one is among `use.secrets`. */
function authenticationFindings(document: WorkflowDocument): readonly Finding[] {
  const findings: Finding[] = [];
  const visit = (value: Json, pointer: string): void => {
    if (Array.isArray(value)) return (value as readonly Json[]).forEach((item, index) => visit(item, below(pointer, index)));
    if (!isJsonObject(value)) return;
    for (const [name, member] of Object.entries(value)) {
      const at = below(pointer, name);
      if (name === 'authentication' && isJsonObject(member) && typeof member['use'] === 'string')
        findings.push(...unknown(member['use'], document.use?.authentications, below(at, 'use'), 'authentication'));
      visit(member, at);
    }
  };
  visit({ do: document.do, use: document.use ?? {} } as unknown as Json, '');
  const secrets = Object.fromEntries((document.use?.secrets ?? []).map((name) => [name, true]));
  for (const [name, policy] of Object.entries(document.use?.authentications ?? {})) {
    for (const [scheme, properties] of Object.entries(policy)) {
      if (isJsonObject(properties) && typeof properties['use'] === 'string')
        findings.push(...unknown(properties['use'], secrets, below('/use/authentications', name, scheme, 'use'), 'secret'));
    }
  }
  return findings;
}

const STATUS_OF: Readonly<Record<string, number>> = {
  configuration: 400,
  validation: 400,
  expression: 400,
  authentication: 401,
  authorization: 403,
  timeout: 408,
  communication: 500,
  runtime: 500,
};
const STANDARD = /^https:\/\/serverlessworkflow\.io\/spec\/1\.0\.\d+\/errors\/([a-z]+)$/;

/** A catch asks for what an error can be: a status of 100 to 599, that of a standard type, and no condition that never holds. */
function catchFindings({ task, pointer }: PlacedTask): readonly Finding[] {
  if (!('try' in task)) return [];
  const at = below(pointer, 'catch');
  const never = (place: string, reason: string): readonly Finding[] => [
    { code: 'WORKFLOW_CATCH_NEVER', pointer: below(at, ...place.split('/')), reason, fix: 'Correct it, or remove the catch.' },
  ];
  const { errors, when, exceptWhen } = task.catch;
  if (constant(when) === 'false') return never('when', 'its condition never holds');
  if (constant(exceptWhen) === 'true') return never('exceptWhen', 'its exception always holds');
  const { status, type } = errors?.with ?? {};
  if (status !== undefined && (status < 100 || status > 599)) return never('errors/with/status', `no error has the status ${status}`);
  const standard = STANDARD.exec(type ?? '')?.[1];
  if (standard === undefined) return [];
  if (!Object.hasOwn(STATUS_OF, standard)) return never('errors/with/type', `"${standard}" is no standard error of the DSL`);
  // A communication error carries the status of the answer.
  if (status !== undefined && standard !== 'communication' && STATUS_OF[standard] !== status)
    return never('errors/with/status', `an error of type "${standard}" has the status ${STATUS_OF[standard]!}`);
  return [];
}

function constant(expression: string | undefined): string | null {
  const program = /^\s*(?:\$\{)?\s*(true|false|null)\s*\}?\s*$/.exec(expression ?? '')?.[1];
  return program === 'null' ? 'false' : (program ?? null);
}

/** Bounded concurrency belongs to a loop, rate limits and idempotency keys to a call. */
function extensionFindings({ task, kind, pointer }: PlacedTask): readonly Finding[] {
  const kari = task.metadata?.kari;
  if (typeof kari !== 'object' || kari === null) return [];
  const misplaced = (name: string, where: string): Finding => ({
    code: 'WORKFLOW_EXTENSION_INVALID',
    pointer: below(pointer, 'metadata', 'kari', name),
    reason: `"${name}" belongs to a ${where} task`,
    fix: 'Move it, or remove it.',
    atKey: true,
  });
  return [
    ...(kari.concurrency !== undefined && kind !== 'for' ? [misplaced('concurrency', 'for')] : []),
    ...(kari.rateLimit !== undefined && kind !== 'call' ? [misplaced('rateLimit', 'call')] : []),
    ...(kari.idempotencyKey !== undefined && kind !== 'call' ? [misplaced('idempotencyKey', 'call')] : []),
  ];
}

/** What is listened to says exactly one of all, any and one; `all` of nothing is no wait. */
function eventFindings(consumption: EventConsumption, pointer: string): readonly Finding[] {
  const invalid = (at: string, reason: string, fix: string): Finding => ({ code: 'WORKFLOW_EVENTS_INVALID', pointer: at, reason, fix });
  const ways = (['all', 'any', 'one'] as const).filter((way) => Object.hasOwn(consumption, way));
  if (ways.length !== 1) return [invalid(pointer, 'it must say exactly one of all, any and one', 'Keep one of them.')];
  if ('until' in consumption && ways[0] !== 'any') return [invalid(below(pointer, 'until'), '`until` belongs to `any`', 'Remove it.')];
  if ('all' in consumption && consumption.all.length === 0)
    return [invalid(below(pointer, 'all'), 'all of nothing comes at once', 'List events.')];
  if ('any' in consumption) {
    const { until } = consumption;
    // An empty `any` is every event.
    if (typeof until === 'object') return eventFindings(until, below(pointer, 'until'));
  }
  return [];
}

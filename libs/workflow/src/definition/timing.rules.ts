// When a workflow starts, how long it waits and how often it tries again.
import { Cron } from 'croner';
import type { Json } from '../json.js';
import { isRuntimeExpression } from '../expression/evaluator.js';
import { isJsonObject } from '../json.js';
import type { Duration, RetryPolicy, WorkflowDocument } from './document.js';
import { below, type Finding } from './problem.rules.js';
import { tasksOf } from './tasks.rules.js';

const PARTS: Readonly<Record<string, number>> = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, milliseconds: 1 };
const ISO =
  /^P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_MS = [365 * 86_400_000, 30 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];
/** Ten years. */
const LONGEST_MS = 3_650 * 86_400_000;
const SHORTEST_EVERY_MS = 1_000;
const MOST_ATTEMPTS = 1_000;

/** Milliseconds of a duration that is written down; null for an expression or no duration. A year has 365 days, a month 30. */
export function millisecondsOf(duration: Duration): number | null {
  if (typeof duration === 'object' && duration !== null) {
    const entries = Object.entries(duration as Readonly<Record<string, unknown>>);
    if (entries.length === 0 || entries.some(([name, value]) => !Object.hasOwn(PARTS, name) || typeof value !== 'number')) return null;
    return entries.reduce((sum, [name, value]) => sum + PARTS[name]! * (value as number), 0);
  }
  if (typeof duration !== 'string' || duration.length > 128 || duration === 'P' || duration.endsWith('T')) return null;
  const found = ISO.exec(duration);
  if (found === null) return null;
  return found.slice(1).reduce((sum, part, index) => sum + (part === undefined ? 0 : Number(part) * ISO_MS[index]!), 0);
}

export function timingFindings(document: WorkflowDocument): readonly Finding[] {
  return [...scheduleFindings(document), ...durationsIn(document).flatMap(durationFinding), ...retryFindings(document)];
}

/** A schedule has one clock; its cron has five fields and a next time in its zone; `every` is at least a second. */
function scheduleFindings({ schedule, document }: WorkflowDocument): readonly Finding[] {
  const kari = document.metadata?.kari;
  const findings: Finding[] = [];
  const zone = kari?.timeZone;
  const zoned = zone === undefined || isTimeZone(zone);
  if (!zoned) {
    const reason = `"${String(zone).slice(0, 64)}" is no time zone`;
    findings.push({
      code: 'WORKFLOW_TIME_ZONE_INVALID',
      pointer: '/document/metadata/kari/timeZone',
      reason,
      fix: 'Write an IANA name: Europe/Paris.',
    });
  }
  if (schedule === undefined) return findings;
  const clocks = (['cron', 'every', 'after'] as const).filter((clock) => schedule[clock] !== undefined);
  if (clocks.length > 1) {
    const reason = `${clocks.join(' and ')} stand together; what each start would mean is not defined`;
    findings.push({ code: 'WORKFLOW_SCHEDULE_INVALID', pointer: below('/schedule', clocks[1]!), reason, fix: 'Keep one of them.' });
  }
  if (Object.keys(schedule).length === 0)
    findings.push({
      code: 'WORKFLOW_SCHEDULE_INVALID',
      pointer: '/schedule',
      reason: 'it says nothing',
      fix: 'Give cron, every, after or on.',
    });
  if (schedule.cron !== undefined) {
    const reason = cronProblem(schedule.cron, zoned ? zone : undefined);
    if (reason !== null)
      findings.push({
        code: 'WORKFLOW_CRON_INVALID',
        pointer: '/schedule/cron',
        reason,
        fix: 'Five fields: minute, hour, day, month, weekday; 0 9 * * 1-5.',
      });
  }
  const every = schedule.every === undefined ? null : millisecondsOf(schedule.every);
  if (every !== null && every < SHORTEST_EVERY_MS)
    findings.push({
      code: 'WORKFLOW_DURATION_INVALID',
      pointer: '/schedule/every',
      reason: 'it is shorter than a second',
      fix: 'Write PT1S or more.',
    });
  for (const clock of ['every', 'after'] as const) {
    if (isRuntimeExpression(schedule[clock])) {
      const reason = 'there is no run yet whose data an expression could use';
      findings.push({ code: 'WORKFLOW_DURATION_INVALID', pointer: below('/schedule', clock), reason, fix: 'Write the duration down.' });
    }
  }
  return findings;
}

function isTimeZone(zone: unknown): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone as string });
    return typeof zone === 'string';
  } catch {
    return false;
  }
}

/** From a fixed moment: whether there is a next time does not depend on when one asks. */
const FROM = '2024-01-01T00:00:00Z';

function cronProblem(cron: string, zone: string | undefined): string | null {
  if (cron.length > 128) return 'it is longer than 128 characters';
  if (cron.trim().split(/\s+/).length !== 5) return 'it has not five fields';
  try {
    const next = new Cron(cron, { ...(zone === undefined ? {} : { timezone: zone }), paused: true, mode: '5-part' }).nextRun(FROM);
    return next === null ? 'it never comes' : null;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '').slice(0, 200);
  }
}

interface PlacedDuration {
  readonly pointer: string;
  readonly duration: Json;
}

const DURATION_KEYS = new Set(['wait', 'after', 'delay', 'duration', 'every', 'per']);

/** Where the schema asks for a duration; what stands in data is only data. */
function durationsIn(document: WorkflowDocument): readonly PlacedDuration[] {
  const found: PlacedDuration[] = [];
  const visit = (value: unknown, pointer: string): void => {
    if (Array.isArray(value)) return value.forEach((item, index) => visit(item, below(pointer, index)));
    if (!isJsonObject(value)) return;
    for (const [name, member] of Object.entries(value)) {
      const at = below(pointer, name);
      if (DURATION_KEYS.has(name) && !named(pointer) && isDurationLike(member)) found.push({ pointer: at, duration: member });
      if (!DATA_KEYS.has(name) || named(pointer)) visit(member, at);
    }
  };
  const { do: list, timeout, use, schedule, document: head } = document;
  visit({ do: list, timeout, use, schedule, document: { metadata: { kari: head.metadata?.kari } } }, '');
  return found;
}

/** The place of names that authors choose: in a list of tasks, or a map in `use`. */
function named(pointer: string): boolean {
  return /\/\d+$/.test(pointer) || /^\/use\/(functions|retries|timeouts|errors|authentications)$/.test(pointer);
}

const DATA_KEYS = new Set([
  'with',
  'set',
  'input',
  'output',
  'export',
  'tags',
  'data',
  'parameters',
  'arguments',
  'body',
  'schema',
  'errors',
]);

function isDurationLike(value: Json): boolean {
  return typeof value === 'string' || (isJsonObject(value) && Object.keys(value).some((name) => Object.hasOwn(PARTS, name)));
}

/** A duration is positive, and not longer than ten years. */
function durationFinding({ pointer, duration }: PlacedDuration): readonly Finding[] {
  if (isRuntimeExpression(duration)) return [];
  const milliseconds = millisecondsOf(duration as Duration);
  const reason =
    milliseconds === null
      ? 'it is no duration'
      : milliseconds < 0
        ? 'it is negative'
        : milliseconds > LONGEST_MS
          ? 'it is longer than ten years'
          : null;
  return reason === null ? [] : [{ code: 'WORKFLOW_DURATION_INVALID', pointer, reason, fix: 'Write {minutes: 15} or PT15M.' }];
}

/** A retry ends: by a number of attempts, or by a time. */
function retryFindings(document: WorkflowDocument): readonly Finding[] {
  const named = Object.entries(document.use?.retries ?? {}).map(([name, policy]) => ({ policy, pointer: below('/use/retries', name) }));
  const own = tasksOf(document).flatMap(({ task, pointer }) =>
    'try' in task && typeof task.catch.retry === 'object' ? [{ policy: task.catch.retry, pointer: below(pointer, 'catch', 'retry') }] : [],
  );
  return [...named, ...own].flatMap(({ policy, pointer }) => retryFinding(policy, pointer));
}

function retryFinding({ limit, delay, jitter }: RetryPolicy, pointer: string): readonly Finding[] {
  const count = limit?.attempt?.count;
  const refuse = (at: string, reason: string, fix: string): readonly Finding[] => [
    { code: 'WORKFLOW_RETRY_ENDLESS', pointer: at, reason, fix },
  ];
  if (count === undefined && limit?.duration === undefined)
    return refuse(pointer, 'neither a number of attempts nor a time ends it', 'Add limit: { attempt: { count: 5 } }.');
  if (count !== undefined && (count < 1 || count > MOST_ATTEMPTS))
    return refuse(below(pointer, 'limit', 'attempt', 'count'), `${count} is not 1 to ${MOST_ATTEMPTS}`, 'Write a number from 1 to 1000.');
  const [from, to] = jitter === undefined ? [null, null] : [millisecondsOf(jitter.from), millisecondsOf(jitter.to)];
  if (from !== null && to !== null && from > to)
    return [
      { code: 'WORKFLOW_DURATION_INVALID', pointer: below(pointer, 'jitter'), reason: '`from` is longer than `to`', fix: 'Swap them.' },
    ];
  const pause = delay === undefined ? 0 : millisecondsOf(delay);
  if (count === undefined && pause !== null && pause <= 0)
    return refuse(pointer, 'without a delay the time of the limit is filled with attempts', 'Add a delay, or a number of attempts.');
  return [];
}

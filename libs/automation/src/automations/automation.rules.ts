// Automations, and workflows and tasks that name their events themselves, as subscribers of the delivery queue: extensions have names of two parts, these a
// word and a colon before theirs.
const AUTOMATION = 'automation:';
const WORKFLOW = 'workflow:';
const TASK = 'task:';

export function subscriberOf(name: string): string {
  return `${AUTOMATION}${name}`;
}

export function workflowSubscriber(workflow: string): string {
  return `${WORKFLOW}${workflow}`;
}

export function taskSubscriber(task: string): string {
  return `${TASK}${task}`;
}

/** What an automation starts, of the two ways to name it: exactly one is meant. An empty name is refused with everything else that is wrong. */
export function startedBy(named: { readonly workflow?: string | null | undefined; readonly task?: string | null | undefined }): {
  readonly workflow: string;
  readonly target?: 'task';
} {
  const workflow = named.workflow ?? null;
  const task = named.task ?? null;
  if (workflow !== null && task !== null) return { workflow: '' };
  return task === null ? { workflow: workflow ?? '' } : { workflow: task, target: 'task' };
}

/** Whether a subscriber is no extension. */
export function isTrigger(subscriber: string): boolean {
  return [AUTOMATION, WORKFLOW, TASK].some((word) => subscriber.startsWith(word));
}

/** Runs in a row that may start each other by their events: what goes on longer goes round in circles. */
export const MOST_HOPS = 16;

/** Of a run that an event starts. */
export function hopsOf(event: Readonly<Record<string, unknown>>): number {
  const hops = event['karihops'];
  return typeof hops === 'number' ? hops + 1 : 0;
}

/** `automation.refunds`: on whose behalf a run is started. */
export function starterOf(subscriber: string): string {
  return subscriber.replace(':', '.');
}

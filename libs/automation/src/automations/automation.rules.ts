// Automations, and workflows that name their events themselves, as subscribers of the delivery queue: extensions have names of two parts, these a
// word and a colon before theirs.
const AUTOMATION = 'automation:';
const WORKFLOW = 'workflow:';

export function subscriberOf(name: string): string {
  return `${AUTOMATION}${name}`;
}

export function workflowSubscriber(workflow: string): string {
  return `${WORKFLOW}${workflow}`;
}

/** Whether a subscriber is no extension. */
export function isTrigger(subscriber: string): boolean {
  return subscriber.startsWith(AUTOMATION) || subscriber.startsWith(WORKFLOW);
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

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

/** `automation.refunds`: on whose behalf a run is started. */
export function starterOf(subscriber: string): string {
  return subscriber.replace(':', '.');
}

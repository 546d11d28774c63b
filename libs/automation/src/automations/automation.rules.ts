// An automation as a subscriber of the delivery queue: extensions have names of two parts, automations a word before theirs.
const PREFIX = 'automation:';

export function subscriberOf(name: string): string {
  return `${PREFIX}${name}`;
}

/** Null for a subscriber that is no automation. */
export function automationOf(subscriber: string): string | null {
  return subscriber.startsWith(PREFIX) ? subscriber.slice(PREFIX.length) : null;
}

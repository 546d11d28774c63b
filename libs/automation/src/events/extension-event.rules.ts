// Names of extensions' events, and who in a tenant listens to one.
import type { Installation } from '@kari/extension/contract';

export const LARGEST_BODY = 64 * 1024;

/** `acme.notes.note_added.v1` belongs to `acme.notes`. */
export function belongsTo(type: string, extension: string): boolean {
  return type.startsWith(`${extension}.`) && /\.v[1-9]\d{0,3}$/.test(type.slice(extension.length));
}

/** Whether an installation listens to a type: it says so in its manifest, and its tenant has granted it. */
export function listensTo(installation: Pick<Installation, 'version' | 'grants'>, type: string): boolean {
  const subscribed = installation.version.manifest.events?.subscribes?.some((subscription) => subscription.type === type) ?? false;
  return subscribed && mayHear(installation, type);
}

/** Whether its tenant has granted it to hear of a type. */
export function mayHear({ grants }: Pick<Installation, 'grants'>, type: string): boolean {
  return grants.some(({ capability, state, scope }) => capability === 'events' && state === 'granted' && scope['subscribe'] === type);
}

/** Extensions that an event goes to. A disabled one counts: its events wait until it is enabled again. */
export function subscribersOf(installations: readonly Installation[], type: string): readonly string[] {
  return installations
    .filter((one) => (one.status === 'enabled' || one.status === 'disabled') && listensTo(one, type))
    .map(({ extension }) => extension)
    .sort();
}

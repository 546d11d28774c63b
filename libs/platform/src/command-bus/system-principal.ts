// The platform's own hands: process managers, reactors, the first start. Never built from anything that a request carries.
import type { Principal } from '@kari/kernel';

/** `systemPrincipal('extension.installation')` acts as `system:extension.installation`, with every right. */
export function systemPrincipal(name: string): Principal {
  return { id: `system:${name}`, kind: 'system', may: () => true };
}

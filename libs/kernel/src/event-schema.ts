// What the store must know of an event type before it accepts one.
import type { ZodType } from 'zod';

export interface EventDefinition {
  readonly type: string;
  /** Version written now; older ones are lifted by upcasters. */
  readonly version: number;
  readonly schema: ZodType;
  /**
   * Fields of the body that hold a person's data (`['email']`): encrypted at rest with the key of the subject named by `subject`.
   * Destroying that key erases them for ever; readers then see null.
   */
  readonly personal?: readonly string[];
  /** Field of the body with the opaque id of the person the tagged fields are about. */
  readonly subject?: string;
}

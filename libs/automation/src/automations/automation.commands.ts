// Wishes about one named automation of a tenant.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

/** Lower-case letters, digits and hyphens, 1 to 63. */
export const automationName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a name has 1 to 63 of a-z 0-9 -');

const problem = z.strictObject({ place: z.string(), reason: z.string() });

export const automationForm = {
  name: automationName,
  description: z.string().max(300),
  /** Of the events that it answers. */
  type: z.string().min(1).max(150),
  /** jq over the CloudEvent; null takes every event of the type. */
  filter: z.string().min(1).max(4_096).nullable(),
  /** What the run is given, with `${ … }` over the CloudEvent; null gives the CloudEvent itself. */
  input: z.json().nullable(),
  /** What is started, by its name: a workflow, or the target where one is named. */
  workflow: z.string().min(1).max(160),
  target: z.literal('task').optional(),
};

/** `problems`: expressions that jq does not take; with any of them nothing is saved. */
export const saveAutomation = z.strictObject({ ...automationForm, problems: z.array(problem).max(20) });
const about = z.strictObject({ name: automationName });
export const enableAutomation = about;
export const disableAutomation = about;
export const deleteAutomation = about;

export type AutomationCommand =
  | Command<'SaveAutomation', z.infer<typeof saveAutomation>>
  | Command<'EnableAutomation', z.infer<typeof about>>
  | Command<'DisableAutomation', z.infer<typeof about>>
  | Command<'DeleteAutomation', z.infer<typeof about>>;

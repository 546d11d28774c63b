// What happened to an automation.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { automationForm, automationName } from './automation.commands.js';

export const AUTOMATION_CATEGORY = 'automation.automation';

const saved = z.strictObject(automationForm);
const about = z.strictObject({ name: automationName });

export type AutomationSaved = z.infer<typeof saved>;

export type AutomationEvent =
  | DomainEvent<'AutomationSaved', AutomationSaved>
  | DomainEvent<'AutomationEnabled', z.infer<typeof about>>
  | DomainEvent<'AutomationDisabled', z.infer<typeof about>>
  | DomainEvent<'AutomationDeleted', z.infer<typeof about>>;

export const automationEventDefinitions = [
  { type: 'AutomationSaved', version: 1, schema: saved },
  { type: 'AutomationEnabled', version: 1, schema: about },
  { type: 'AutomationDisabled', version: 1, schema: about },
  { type: 'AutomationDeleted', version: 1, schema: about },
] as const;

// Every refusal of the platform, one file per area. The reference page and all wire forms are made from this.
import { forms, type CodeEntry } from './code.js';
import { auditCodes } from './audit.codes.js';
import { automationCodes } from './automation.codes.js';
import { contributionCodes } from './contribution.codes.js';
import { dataCodes } from './data.codes.js';
import { eventCodes } from './event.codes.js';
import { extensionCodes } from './extension.codes.js';
import { packageCodes } from './package.codes.js';
import { pluginCodes } from './plugin.codes.js';
import { requestCodes } from './request.codes.js';
import { sandboxCodes } from './sandbox.codes.js';
import { scheduleCodes } from './schedule.codes.js';
import { securityCodes } from './security.codes.js';
import { taskCodes } from './task.codes.js';
import { tenancyCodes } from './tenancy.codes.js';
import { visible } from './visible.js';
import { workflowCodes } from './workflow.codes.js';
import { workflowRunCodes } from './workflow-run.codes.js';

export { visible };

export const codes = {
  ...auditCodes,
  ...automationCodes,
  ...contributionCodes,
  ...dataCodes,
  ...eventCodes,
  ...extensionCodes,
  ...packageCodes,
  ...pluginCodes,
  ...requestCodes,
  ...sandboxCodes,
  ...scheduleCodes,
  ...securityCodes,
  ...taskCodes,
  ...tenancyCodes,
  ...workflowCodes,
  ...workflowRunCodes,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;

export interface Wording {
  readonly code: string;
  readonly kind: CodeEntry['kind'];
  readonly message: string;
  readonly next: string;
  readonly http: number;
  readonly exit: number;
  readonly broker: string;
}

/** The words and wire forms of a refusal; a code outside the catalogue reads as REQUEST_FAILED. */
export function wording(code: string, facts: Readonly<Record<string, unknown>>): Wording {
  const known = code in codes ? code : 'REQUEST_FAILED';
  const entry: CodeEntry = codes[known as Code];
  return { code: known, kind: entry.kind, message: fill(entry.message, facts), next: fill(entry.next, facts), ...forms[entry.kind] };
}

function fill(template: string, facts: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => shown(facts[name]));
}

/** A fact may be the text of a stranger: in words it is one line without escapes; in `facts` it stays as it came. */
function shown(fact: unknown): string {
  if (Array.isArray(fact)) return fact.map(shown).join(', ');
  return typeof fact === 'string' ? visible(fact) : fact === undefined ? '?' : JSON.stringify(fact);
}

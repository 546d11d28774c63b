// Looks up what only secrets make whole, at the moment a call is made: for the place it goes to, and into nothing but that call.
import { rejected, Rejection } from '@kari/kernel';
import type { Evaluator } from '../expression/evaluator.js';
import { isJsonObject, type Json } from '../json.js';
import { secretSiteOf, type SecretSite } from './call-template.rules.js';
import { propertiesIn, structured, textsOf } from './credentials.rules.js';
import { secretsNamedIn } from './secret-names.rules.js';

export interface Whole {
  readonly value: unknown;
  /** Everything secret in it. */
  readonly secrets: readonly string[];
}

export interface SecretParts {
  readonly evaluator: Evaluator;
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  reveal(name: string): Promise<string>;
}

/** The template says where secrets stand, never a value: what came into the run from outside is not looked at as an expression again. */
export async function madeWhole(template: Json | undefined, made: unknown, parts: SecretParts, pointer = ''): Promise<Whole> {
  if (template === undefined) return { value: made, secrets: [] };
  const site = secretSiteOf(template, pointer);
  if (site !== null) return resolved(site, parts);
  if (!Array.isArray(template) && !isJsonObject(template)) return { value: made, secrets: [] };
  const secrets: string[] = [];
  const entries: [string, unknown][] = [];
  for (const [key, member] of Object.entries(template)) {
    const whole = await madeWhole(member as Json, (made as Record<string, unknown>)[key], parts, `${pointer}/${key}`);
    secrets.push(...whole.secrets);
    if (whole.value !== undefined) entries.push([key, whole.value]);
  }
  return { value: Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries), secrets };
}

/** The same without what secrets make whole. */
export function withoutSecrets(template: Json | undefined, made: unknown, pointer = ''): unknown {
  if (template === undefined || (!Array.isArray(template) && !isJsonObject(template))) {
    return template !== undefined && secretSiteOf(template, pointer) !== null ? undefined : made;
  }
  if (secretSiteOf(template, pointer) !== null) return undefined;
  const entries = Object.entries(template).flatMap(([key, member]): readonly (readonly [string, unknown])[] => {
    const value = withoutSecrets(member as Json, (made as Record<string, unknown>)[key], `${pointer}/${key}`);
    return value === undefined ? [] : [[key, value]];
  });
  return Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

async function resolved(site: SecretSite, parts: SecretParts): Promise<Whole> {
  if (site.kind === 'properties') {
    const secret = await parts.reveal(site.secret);
    return { value: propertiesIn(secret, site.scheme), secrets: textsOf(secret) };
  }
  const { pointer, program } = site;
  const names = secretsNamedIn(program);
  if (names === null) throw rejected('WORKFLOW_SECRET_FAILED', { pointer });
  const secrets: Record<string, unknown> = {};
  const texts: string[] = [];
  for (const name of names) {
    const secret = await parts.reveal(name);
    secrets[name] = structured(secret);
    texts.push(...textsOf(secret));
  }
  try {
    const value = await parts.evaluator.evaluate(program, parts.input as Json, { ...parts.variables, secrets } as never);
    return { value, secrets: texts };
  } catch (error) {
    if (error instanceof Rejection) throw error;
    // The words of jq may hold the values that it stumbled over.
    throw rejected('WORKFLOW_SECRET_FAILED', { pointer });
  }
}

// Whether tokens of oauth2 and oidc can be asked for as a document says, found before any call needs one.
import { AUTHENTICATED, isOutgoing } from '../calls/call-template.rules.js';
import { policyFaults, type PolicyFault } from '../calls/oauth.rules.js';
import { namesSecrets } from '../calls/secret-names.rules.js';
import { isRuntimeExpression, programOf } from '../expression/evaluator.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { WorkflowDocument } from './document.js';
import { below, type Finding } from './problem.rules.js';
import { tasksOf } from './tasks.rules.js';

const SCHEMES = ['oauth2', 'oidc'];

export function tokenPolicyFindings(document: WorkflowDocument): readonly Finding[] {
  return authenticationsIn(document).flatMap(({ value, pointer }) =>
    SCHEMES.flatMap((scheme) => {
      const policy = value[scheme];
      if (!isJsonObject(policy)) return [];
      return [...policyFaults(policy), ...secretPlaces(policy)].map((fault): Finding => ({
        code: 'WORKFLOW_AUTHENTICATION_INVALID',
        ...fault,
        pointer: `${below(pointer, scheme)}${fault.pointer}`,
      }));
    }),
  );
}

interface Placed {
  readonly value: JsonObject;
  readonly pointer: string;
}

function authenticationsIn(document: WorkflowDocument): readonly Placed[] {
  const named = Object.entries(document.use?.authentications ?? {}).flatMap(([name, value]) =>
    placed(value as Json, below('/use/authentications', name)),
  );
  const ofCalls = tasksOf(document).flatMap(({ task, pointer }) =>
    'call' in task && isOutgoing(task.call)
      ? AUTHENTICATED.flatMap((path) => placed(memberAt(task.with ?? {}, path), below(pointer, 'with', ...path)))
      : [],
  );
  return [...named, ...ofCalls];
}

function placed(value: Json | undefined, pointer: string): readonly Placed[] {
  return isJsonObject(value) ? [{ value, pointer }] : [];
}

function memberAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), value);
}

/** Which host is asked for a token decides which secrets may go there, so that it is known first. */
function secretPlaces({ authority, endpoints }: JsonObject): readonly PolicyFault[] {
  const places = [
    { pointer: '/authority', value: authority },
    { pointer: '/endpoints/token', value: memberAt(endpoints, ['token']) },
  ];
  const reason = 'a secret cannot say where tokens come from';
  return places
    .filter(({ value }) => typeof value === 'string' && isRuntimeExpression(value) && namesSecrets(programOf(value)))
    .map(({ pointer }) => ({ pointer, reason, fix: 'Write the address out, or take it from the input of the task.' }));
}

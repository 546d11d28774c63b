// Where a document may name secrets: only in what an effect is made with, so that no secret can become part of a run.
import { callTemplate, secretSitesOf } from '../calls/call-template.rules.js';
import { namesSecrets, secretsNamedIn } from '../calls/secret-names.rules.js';
import type { CallTask, WorkflowDocument } from './document.js';
import { expressionsOf, type ExpressionSite } from './expression-sites.rules.js';
import { below, type Finding } from './problem.rules.js';
import { tasksOf } from './tasks.rules.js';

/** Places below `with` where `$secrets` may stand, by protocol. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  http: ['headers', 'body', 'endpoint/authentication'],
  openapi: ['parameters', 'authentication', 'document/endpoint/authentication'],
  asyncapi: ['message', 'authentication', 'document/endpoint/authentication'],
  grpc: ['arguments', 'service/authentication', 'proto/endpoint/authentication'],
};

/** Beyond the loops around it, such an expression sees its own input: whatever else changes while a run goes on would not be the same again. */
const UNSEEN = /\$(context|workflow|runtime|task|authorization|output)\b/;

export function secretFindings(document: WorkflowDocument): readonly Finding[] {
  const places = placesIn(document);
  return [
    ...expressionsOf(document)
      .filter(({ program }) => namesSecrets(program))
      .flatMap((site) => findingsAt(site, document, places)),
    ...tasksOf(document).flatMap(({ task, pointer }) => ('call' in task ? propertyFindings(document, task, pointer) : [])),
  ];
}

/** `basic: { use: <secret> }` where a call says it itself; those of `use.authentications` are judged where they stand. */
function propertyFindings(document: WorkflowDocument, { call, with: given = {} }: CallTask, pointer: string): readonly Finding[] {
  const template = callTemplate({ ...document, use: {} }, { call, with: given });
  return secretSitesOf(template.with).flatMap((site) =>
    site.kind === 'properties' ? unlisted(document, [site.secret], `${below(pointer, 'with')}${site.pointer}/use`) : [],
  );
}

function unlisted({ use }: WorkflowDocument, names: readonly string[], pointer: string): readonly Finding[] {
  return names.flatMap((name): readonly Finding[] => {
    if ((use?.secrets ?? []).includes(name)) return [];
    const reason = `the secret "${name}" is not among use.secrets`;
    return [{ code: 'WORKFLOW_REFERENCE_UNKNOWN', pointer, reason, fix: `Add it: use: { secrets: [ ${name} ] }.` }];
  });
}

function placesIn(document: WorkflowDocument): readonly string[] {
  const ofCalls = tasksOf(document).flatMap(({ task, pointer }) =>
    'call' in task ? (PLACES[task.call] ?? []).map((place) => below(pointer, 'with', ...place.split('/'))) : [],
  );
  return ['/use/authentications', ...ofCalls];
}

function findingsAt({ pointer, program }: ExpressionSite, document: WorkflowDocument, places: readonly string[]): readonly Finding[] {
  const misplaced = (reason: string, fix: string): Finding => ({ code: 'WORKFLOW_SECRET_MISPLACED', pointer, reason, fix });
  if (!places.some((place) => pointer === place || pointer.startsWith(`${place}/`))) {
    const reason = 'a secret would become part of the run here: $secrets may stand in what a call sends alone';
    return [misplaced(reason, 'Name it in headers, body or authentication of a call to a host, or in use.authentications.')];
  }
  const names = secretsNamedIn(program);
  if (names === null) return [misplaced('secrets are taken one by one', 'Write $secrets.<name>.')];
  const unseen = UNSEEN.exec(program)?.[0];
  if (unseen !== undefined) {
    const reason = `an expression that names a secret sees its input and the loops around it, not ${unseen}`;
    return [misplaced(reason, `Bring the value along with input: { from: … }, then take it from there.`)];
  }
  return unlisted(document, names, pointer);
}

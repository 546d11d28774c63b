// Judges a document: text, schema, our rules, expressions. The road is one for saving, for asking and for what extensions bring along.
import { Inject, Injectable } from '@nestjs/common';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { tryForeignSchema } from '@kari/package';
import { JqEvaluator } from '../expression/jq-evaluator.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { providedBy } from '../plugins/plugin-catalogue.rules.js';
import type { Permission } from '../plugins/plugin-resolution.rules.js';
import { unsupportedIn, type Unsupported } from '../run/unsupported.rules.js';
import { callFindings, withMajors, type CallFacts } from './call.rules.js';
import { readDocument } from './document-text.js';
import { schemaFindings } from './document-schema.js';
import type { WorkflowDocument } from './document.js';
import { judgeExpressions, unknownVariable } from './expression-sites.rules.js';
import { emptyWorkflow, flowFindings } from './flow.rules.js';
import { platformOperations } from './platform-operations.js';
import { inPlace, type DocumentProblem, type Finding } from './problem.rules.js';
import { referenceFindings } from './reference.rules.js';
import { secretFindings } from './secret-use.rules.js';
import { timingFindings } from './timing.rules.js';
import { tasksOf } from './tasks.rules.js';
import { tokenPolicyFindings } from './token-policy.rules.js';

export interface Validation {
  /** As it would be stored: namespace filled in, calls with their major version. Null when it cannot be understood at all. */
  readonly document: WorkflowDocument | null;
  readonly problems: readonly DocumentProblem[];
  /** What can be saved and not started: the engine does not do it. */
  readonly warnings: readonly DocumentProblem[];
}

export const mostTasks = 500;
/** Expressions of one document that need real jq to be judged. */
const MOST_UNDECIDED = 300;

@Injectable()
export class WorkflowValidator {
  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    private readonly expressions: JqEvaluator,
  ) {}

  /** `namespace` stands where the author left it out. */
  async validate(source: string, tenant: string, namespace: string, permission: Permission | null = null): Promise<Validation> {
    const text = readDocument(source);
    if (text.value === undefined) return { document: null, problems: inPlace(text.findings, text.locate), warnings: [] };
    const value = withNamespace(text.value, namespace);
    const shape = schemaFindings(value);
    if (shape.length > 0) return { document: null, problems: inPlace(shape, text.locate), warnings: [] };
    const document = value as unknown as WorkflowDocument;
    const facts = this.facts(tenant, permission);
    const expressions = judgeExpressions(document);
    const findings = [
      ...emptyWorkflow(document),
      ...sizeFindings(document),
      ...flowFindings(document),
      ...timingFindings(document),
      ...referenceFindings(document),
      ...secretFindings(document),
      ...tokenPolicyFindings(document),
      ...callFindings(document, facts),
      ...expressions.findings,
      ...(await this.undecided(expressions.undecided)),
    ];
    const warnings = unsupportedIn(document).map(unsupportedFinding);
    return {
      document: withMajors(document, facts),
      problems: inPlace(findings, text.locate),
      warnings: inPlace(warnings, text.locate),
    };
  }

  facts(tenant: string, permission: Permission | null): CallFacts {
    const provided = providedBy(this.installations.ofTenant(tenant));
    return {
      provided,
      operations: platformOperations,
      permission,
      misfits: (schema, value) => {
        const compiled = tryForeignSchema(schema);
        return 'validator' in compiled ? compiled.validator.check(value) : [];
      },
    };
  }

  private async undecided(sites: ReturnType<typeof judgeExpressions>['undecided']): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    const known = new Map<string, string | null>();
    const beyond = sites[MOST_UNDECIDED];
    if (beyond !== undefined) {
      const reason = `it has ${sites.length} expressions beyond the simple ones; ${MOST_UNDECIDED} may be`;
      return [{ code: 'WORKFLOW_DOCUMENT_SIZE', pointer: beyond.pointer, reason, fix: 'Split it, or write simpler expressions.' }];
    }
    for (const site of sites) {
      const key = JSON.stringify([site.program, site.variables]);
      const reason = known.has(key) ? known.get(key)! : await this.expressions.check(site.program, [...new Set(site.variables)]);
      known.set(key, reason);
      if (reason === null) continue;
      const variable = /^\$(\w+) is not defined/.exec(reason)?.[1];
      if (variable !== undefined) findings.push(unknownVariable(site, variable));
      else findings.push({ code: 'WORKFLOW_EXPRESSION_INVALID', pointer: site.pointer, reason, fix: 'Expressions are jq.' });
    }
    return findings;
  }
}

function unsupportedFinding({ construct, pointer }: Unsupported): Finding {
  const reason = `a run cannot be started: ${construct} is not supported`;
  return { code: 'WORKFLOW_CONSTRUCT_UNSUPPORTED', pointer, reason, fix: `Write it without ${construct}; a plugin can often do the same.` };
}

/** A document holds at most so many tasks. */
function sizeFindings(document: WorkflowDocument): readonly Finding[] {
  const count = tasksOf(document).length;
  if (count <= mostTasks) return [];
  const reason = `it has ${count} tasks; ${mostTasks} may be`;
  return [{ code: 'WORKFLOW_DOCUMENT_SIZE', pointer: '/do', reason, fix: 'Split it: `run.workflow` starts another workflow.' }];
}

function withNamespace(value: Json, namespace: string): Json {
  if (!isJsonObject(value) || !isJsonObject(value['document']) || value['document']['namespace'] !== undefined) return value;
  const head: JsonObject = { ...value['document'], namespace };
  return { ...value, document: head };
}

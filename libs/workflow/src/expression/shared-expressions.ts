// Expressions for other contexts: the same jq, the same limits.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, Unavailable } from '@kari/kernel';
import type { ExpressionFault, Expressions } from '../contract.js';
import type { Json } from '../json.js';
import { holds } from '../run/task-values.rules.js';
import { ExpressionFailed, isRuntimeExpression, programOf } from './evaluator.js';
import { JqEvaluator } from './jq-evaluator.js';

@Injectable()
export class SharedExpressions implements Expressions {
  constructor(@Inject(JqEvaluator) private readonly jq: JqEvaluator) {}

  async faults(template: unknown): Promise<readonly ExpressionFault[]> {
    const found: ExpressionFault[] = [];
    for (const { place, expression } of expressionsIn(template, '')) {
      const reason = await this.jq.check(expression, []);
      if (reason !== null) found.push({ place, reason });
    }
    return found;
  }

  async holds(program: string, input: unknown): Promise<boolean> {
    return holds(await this.value(program, input));
  }

  async fill(template: unknown, input: unknown, except: readonly string[] = []): Promise<unknown> {
    if (isRuntimeExpression(template)) return this.value(template, input);
    if (Array.isArray(template)) return Promise.all(template.map((item) => this.fill(item, input, except)));
    if (typeof template !== 'object' || template === null) return template;
    const members = Object.entries(template).map(
      async ([name, member]) => [name, except.includes(name) ? member : await this.fill(member, input, except)] as const,
    );
    return Object.fromEntries(await Promise.all(members));
  }

  private async value(expression: string, input: unknown): Promise<unknown> {
    try {
      return await this.jq.evaluate(expression, input as Json, {});
    } catch (error) {
      if (!(error instanceof ExpressionFailed)) throw error;
      const { fault, reason } = error;
      if (fault === 'unavailable') throw new Unavailable(reason, true, { cause: error });
      throw rejected('WORKFLOW_EXPRESSION_FAILED', { expression: programOf(expression).slice(0, 200), fault, reason });
    }
  }
}

function expressionsIn(template: unknown, place: string): readonly { readonly place: string; readonly expression: string }[] {
  if (isRuntimeExpression(template)) return [{ place, expression: template }];
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([name, member]) => expressionsIn(member, `${place}/${name}`));
}

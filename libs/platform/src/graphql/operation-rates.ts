// Counts what a document asks for before any of it runs: root fields, so that many in one document are as dear as many documents.
import { Rejection, type RequestContext } from '@kari/kernel';
import { RATE_LIMITER, type RateLimiter } from '@kari/platform/quotas';
import { Inject, Injectable } from '@nestjs/common';
import { Kind, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { refusalError } from './wire-errors.js';

@Injectable()
export class OperationRates {
  constructor(@Inject(RATE_LIMITER) private readonly limiter: Pick<RateLimiter, 'operations'>) {}

  /** Throws `GraphQLError` with REQUEST_RATE_LIMITED; whoever is let pass has been counted. */
  async admit(
    { principal, tenant, correlationId }: RequestContext,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): Promise<void> {
    const asking = { tenant, actor: principal.id, actorKind: principal.kind, operation: 'request.limit', correlationId };
    try {
      await this.limiter.operations(asking, principal.credential ?? principal.id, rootFieldsAsked(document, operation));
    } catch (error) {
      throw error instanceof Rejection ? refusalError(error) : error;
    }
  }
}

/** Each answer key once, fragments spread out; a field that a directive may leave out counts all the same. */
function rootFieldsAsked(document: DocumentNode, operation: OperationDefinitionNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const keys = new Set<string>();
  const spread = new Set<string>();
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) keys.add(selection.alias?.value ?? selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet);
      }
    }
  };
  walk(operation.selectionSet);
  return Math.max(1, keys.size);
}

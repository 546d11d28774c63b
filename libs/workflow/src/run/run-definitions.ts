// Where runs find the documents that they are pinned to.
import type { Lack } from '../definition/call.rules.js';
import type { WorkflowDocument } from '../definition/document.js';

/** Token of `RunDefinitions`. */
export const RUN_DEFINITIONS = Symbol('RunDefinitions');

export interface RunDefinition {
  /** Stable over versions. */
  readonly id: string;
  /** Of the platform: names one immutable document, `<number>@<hash of its content>`. */
  readonly version: string;
  readonly document: WorkflowDocument;
}

export interface RunDefinitions {
  /**
   * For a new run: the active version, or the one that is named. Null when there is none; throws WORKFLOW_INACTIVE or WORKFLOW_BLOCKED when
   * it may not start now.
   */
  find(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null>;
  /** For a replay or a test: any saved version, also of a workflow that is not active; null: the active one, or the newest. Null when there is none. */
  saved(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null>;
  /** For a run under way, whatever became of its workflow since. Null when this document is not to be had. */
  document(tenant: string, workflow: string, version: string): Promise<WorkflowDocument | null>;
  /** What a saved version calls and is not there now, in the order of the document. Empty for a document that is not to be had. */
  lacks(tenant: string, workflow: string, version: string): Promise<readonly Lack[]>;
  /** As a task `run.workflow` names it, for a new run; `version` is the document's own, or `latest` for the active one. */
  named(tenant: string, namespace: string, name: string, version: string): Promise<RunDefinition | null>;
}

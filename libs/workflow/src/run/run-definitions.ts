// Where runs find the documents that they are pinned to.
import type { WorkflowDocument } from '../definition/document.js';

/** Token of `RunDefinitions`. */
export const RUN_DEFINITIONS = Symbol('RunDefinitions');

export interface RunDefinition {
  /** Stable over versions. */
  readonly id: string;
  /** Of the platform: names one immutable document. */
  readonly version: string;
  readonly document: WorkflowDocument;
}

export interface RunDefinitions {
  /** Null when there is no such workflow; without a version, the one that new runs get. */
  find(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null>;
  /** As a task `run.workflow` names it; `version` is the document's own, or `latest`. */
  named(tenant: string, namespace: string, name: string, version: string): Promise<RunDefinition | null>;
}

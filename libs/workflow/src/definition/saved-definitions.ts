// What runs are pinned to: a saved version by its number, and by the hash of its content so that nothing else can ever stand in for it.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, streamId, type EventStore, type Position } from '@kari/kernel';
import type { RunDefinition, RunDefinitions } from '../run/run-definitions.js';
import { Blocking } from './blocking.js';
import { workflowId } from './definition.commands.js';
import { DEFINITION_CATEGORY } from './definition.events.js';
import { DefinitionQueries } from './definition.queries.js';
import type { VersionView } from './definition.view.js';
import type { WorkflowDocument } from './document.js';

const PIN = /^([1-9]\d{0,5})(?:@([0-9a-f]{64}))?$/;

@Injectable()
export class SavedDefinitions implements RunDefinitions {
  constructor(
    private readonly queries: DefinitionQueries,
    private readonly blocking: Blocking,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async find(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    const at = await this.lastChange(tenant, workflow);
    const definition = at === null ? null : await this.queries.find(tenant, workflow, at);
    if (definition === null) return null;
    const { owner, activeVersion } = definition;
    if (activeVersion === null) throw rejected('WORKFLOW_INACTIVE', { workflow });
    const saved = await this.pinned(tenant, workflow, version ?? String(activeVersion));
    if (saved === null) return null;
    const reason = this.blocking.reason(tenant, owner, saved.needs);
    if (reason !== null) throw rejected('WORKFLOW_BLOCKED', { workflow, version: saved.version, reason });
    return { id: workflow, version: pinOf(saved), document: documentOf(saved) };
  }

  async saved(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    const at = await this.lastChange(tenant, workflow);
    const definition = at === null ? null : await this.queries.find(tenant, workflow, at);
    if (definition === null) return null;
    const saved = await this.pinned(tenant, workflow, version ?? String(definition.activeVersion ?? definition.latestVersion), at);
    return saved === null ? null : { id: workflow, version: pinOf(saved), document: documentOf(saved) };
  }

  async document(tenant: string, workflow: string, version: string): Promise<WorkflowDocument | null> {
    const at = await this.lastChange(tenant, workflow);
    const saved = at === null ? null : await this.pinned(tenant, workflow, version, at);
    return saved === null ? null : documentOf(saved);
  }

  /** The tenant's own workflows alone: those of extensions have names that a document cannot hold. */
  async named(tenant: string, namespace: string, name: string, version: string): Promise<RunDefinition | null> {
    const at = await this.lastChange(tenant, name);
    if (at === null) return null;
    const saved = version === 'latest' ? null : await this.queries.versionNamed(tenant, name, version, at);
    if (version !== 'latest' && saved === null) return null;
    const found = await this.find(tenant, name, saved === null ? null : pinOf(saved));
    return found?.document.document.namespace === namespace ? found : null;
  }

  private async pinned(tenant: string, workflow: string, version: string, waitFor: Position | null = null): Promise<VersionView | null> {
    const [, number, hash] = PIN.exec(version) ?? [];
    if (number === undefined) return null;
    const saved = await this.queries.version(tenant, workflow, Number(number), waitFor);
    return saved === null || (hash !== undefined && saved.hash !== hash) ? null : saved;
  }

  /** Views are read as of here: whoever has just activated a workflow can start it. Null when there never was one. */
  private async lastChange(tenant: string, workflow: string): Promise<Position | null> {
    if (!workflowId.safeParse(workflow).success) return null;
    const stream = streamId(DEFINITION_CATEGORY, tenant, workflow);
    for await (const { position } of this.store.readStream(stream, { direction: 'backwards', limit: 1 })) return position;
    return null;
  }
}

function pinOf({ version, hash }: VersionView): string {
  return `${version}@${hash}`;
}

function documentOf({ document }: VersionView): WorkflowDocument {
  return JSON.parse(document) as WorkflowDocument;
}

// What runs are pinned to: a saved version by its number, and by the hash of its content so that nothing else can ever stand in for it.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, streamId, type EventStore, type Position } from '@kari/kernel';
import { SharedLooks } from '@kari/platform/command-bus';
import type { RunDefinition, RunDefinitions } from '../run/run-definitions.js';
import { Blocking } from './blocking.js';
import type { Lack } from './call.rules.js';
import { workflowId } from './definition.commands.js';
import { DEFINITION_CATEGORY } from './definition.events.js';
import { DefinitionQueries } from './definition.queries.js';
import type { DefinitionView, VersionView } from './definition.view.js';
import type { WorkflowDocument } from './document.js';

const PIN = /^([1-9]\d{0,5})(?:@([0-9a-f]{64}))?$/;
const KEPT = 500;

interface Version extends RunDefinition {
  readonly hash: string;
  readonly needs: VersionView['needs'];
}

@Injectable()
export class SavedDefinitions implements RunDefinitions {
  /** As of the last change of each; one more change, and it is read again. */
  private readonly standing = new Map<string, { readonly at: Position; readonly definition: DefinitionView }>();
  /** Versions never change. */
  private readonly versions = new Map<string, Version>();
  private readonly looks = new SharedLooks<Position | null>();

  constructor(
    private readonly queries: DefinitionQueries,
    private readonly blocking: Blocking,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async find(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    const at = await this.lastChange(tenant, workflow);
    const definition = at === null ? null : await this.standingAt(tenant, workflow, at);
    if (definition === null) return null;
    const { owner, activeVersion } = definition;
    if (activeVersion === null) throw rejected('WORKFLOW_INACTIVE', { workflow });
    const saved = await this.pinned(tenant, workflow, version ?? String(activeVersion));
    if (saved === null) return null;
    const reason = this.blocking.reason(tenant, owner, saved.needs);
    if (reason !== null) throw rejected('WORKFLOW_BLOCKED', { workflow, version: Number.parseInt(saved.version, 10), reason });
    return saved;
  }

  async saved(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    const at = await this.lastChange(tenant, workflow);
    const definition = at === null ? null : await this.standingAt(tenant, workflow, at);
    if (definition === null) return null;
    return this.pinned(tenant, workflow, version ?? String(definition.activeVersion ?? definition.latestVersion), at);
  }

  async document(tenant: string, workflow: string, version: string): Promise<WorkflowDocument | null> {
    const at = await this.lastChange(tenant, workflow);
    const saved = at === null ? null : await this.pinned(tenant, workflow, version, at);
    return saved?.document ?? null;
  }

  async lacks(tenant: string, workflow: string, version: string): Promise<readonly Lack[]> {
    const at = await this.lastChange(tenant, workflow);
    const definition = at === null ? null : await this.standingAt(tenant, workflow, at);
    const saved = definition === null ? null : await this.pinned(tenant, workflow, version, at);
    return definition === null || saved === null ? [] : this.blocking.lacks(tenant, definition.owner, saved.needs);
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

  private async standingAt(tenant: string, workflow: string, at: Position): Promise<DefinitionView | null> {
    const key = `${tenant} ${workflow}`;
    const known = this.standing.get(key);
    if (known?.at === at) return known.definition;
    const definition = await this.queries.find(tenant, workflow, at);
    if (definition !== null) keep(this.standing, key, { at, definition });
    return definition;
  }

  private async pinned(tenant: string, workflow: string, version: string, waitFor: Position | null = null): Promise<Version | null> {
    const [, number, hash] = PIN.exec(version) ?? [];
    if (number === undefined) return null;
    const saved = await this.version(tenant, workflow, Number(number), waitFor);
    return saved === null || (hash !== undefined && saved.hash !== hash) ? null : saved;
  }

  private async version(tenant: string, workflow: string, number: number, waitFor: Position | null): Promise<Version | null> {
    const key = `${tenant} ${workflow} ${number}`;
    const known = this.versions.get(key);
    if (known !== undefined) return known;
    const row = await this.queries.version(tenant, workflow, number, waitFor);
    if (row === null) return null;
    const { hash, needs, document } = row;
    const saved = { id: workflow, version: pinOf(row), hash, needs, document: JSON.parse(document) as WorkflowDocument };
    keep(this.versions, key, saved);
    return saved;
  }

  /** Views are read as of here: whoever has just activated a workflow can start it. Null when there never was one. */
  private async lastChange(tenant: string, workflow: string): Promise<Position | null> {
    if (!workflowId.safeParse(workflow).success) return null;
    const stream = streamId(DEFINITION_CATEGORY, tenant, workflow);
    return this.looks.look(stream, async () => {
      for await (const { position } of this.store.readStream(stream, { direction: 'backwards', limit: 1 })) return position;
      return null;
    });
  }
}

function pinOf({ version, hash }: VersionView): string {
  return `${version}@${hash}`;
}

/** The oldest goes when there are too many. */
function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key);
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
}

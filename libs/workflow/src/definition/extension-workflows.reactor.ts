// Workflows that extensions bring along: saved when their extension is installed, taken away with it. Whether they can run is not asked here:
// what is missing blocks them, and says so.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, idOf, Rejection, type CommandBus, type RecordedEvent, type RequestContext } from '@kari/kernel';
import { extensionEvents, type Installation } from '@kari/extension/contract';
import { BLOBS, type Blobs } from '@kari/platform/blob';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { TENANTS, type Tenants } from '@kari/tenancy/contract';
import { Blocking } from './blocking.js';
import type { WorkflowCommand } from './definition.commands.js';
import { DefinitionQueries } from './definition.queries.js';
import { InstallationSnapshot } from './installation-snapshot.js';
import { savedForm, UNREADABLE } from './definitions.js';
import { WorkflowValidator } from './validator.js';

const principal = systemPrincipal('workflow.extension-workflows');

@Injectable()
export class ExtensionWorkflows implements Reactor {
  readonly name = 'workflow.extension-workflows';
  readonly runs = 'once';
  readonly handles = [extensionEvents.installed, extensionEvents.enabled, extensionEvents.removed];

  constructor(
    @Inject(BLOBS) private readonly blobs: Blobs,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(WorkflowValidator) private readonly validator: Pick<WorkflowValidator, 'validate'>,
    @Inject(Blocking) private readonly blocking: Pick<Blocking, 'permissionOf'>,
    @Inject(DefinitionQueries) private readonly queries: Pick<DefinitionQueries, 'ownedBy'>,
    @Inject(InstallationSnapshot) private readonly snapshot: Pick<InstallationSnapshot, 'after'>,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const { tenant } = event.meta;
    const extension = idOf(event.stream);
    const installation = event.type === extensionEvents.removed ? null : await this.snapshot.after(event);
    const brought = installation === null ? [] : await this.save(installation, event);
    for (const workflow of await this.queries.ownedBy(tenant, extension, event.position)) {
      // Versions outlive their workflow: runs in flight keep theirs.
      if (!brought.includes(workflow)) await this.send(event, { type: 'DeleteWorkflow', data: { workflow, runs: 0, owner: extension } });
    }
  }

  private async save({ tenant, extension, version }: Installation, event: RecordedEvent): Promise<readonly string[]> {
    const brought: string[] = [];
    for (const [name, { file }] of Object.entries(version.manifest.workflows ?? {})) {
      const hash = version.documents?.[file];
      if (hash === undefined) continue;
      const source = new TextDecoder().decode(await this.blobs.get(`sha256-${hash}`));
      const permission = this.blocking.permissionOf(tenant, extension);
      const slug = this.tenants.find(tenant)?.slug ?? 'default';
      const { document, problems } = await this.validator.validate(source, tenant, slug, permission);
      // What the tenant lacks now it may get later; a document that is wrong stays wrong, and its refusal is in the audit trail.
      const lasting = problems.filter(({ code }) => !code.startsWith('PLUGIN_'));
      const workflow = `${extension}/${name}`;
      const form = document === null ? UNREADABLE : savedForm(document);
      const data = { ...form, needs: [...form.needs], workflow, owner: extension, expectedVersion: null, problems: [...lasting] };
      await this.send(event, { type: 'SaveWorkflow', data });
      brought.push(workflow);
    }
    return brought;
  }

  private async send(event: RecordedEvent, command: WorkflowCommand): Promise<void> {
    const { tenant, correlationId } = event.meta;
    const commandId = derivedId(event.id, command.type, command.data.workflow);
    const context: RequestContext = { principal, tenant, correlationId, causationId: event.id, commandId };
    try {
      await this.bus.send(command, context);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
    }
  }
}

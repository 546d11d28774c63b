// Who holds the rights that extensions declare: read from the log at each question, because taking one away counts at once.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, type EventStore, type RequestContext } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { StreamFolds } from '@kari/platform/command-bus';
import type { TenantRole } from '@kari/protocol';
import type { Manifest } from '@kari/protocol/manifest';
import type { ExtensionRights } from '../contract.js';
import { evolveRightRoles, rightRolesStream, type RightRoles } from './right-roles.decider.js';
import type { RightRolesEvent } from './right-roles.events.js';

export interface RightWithRoles {
  readonly right: string;
  readonly description: string;
  readonly roles: readonly TenantRole[];
  readonly defaultRoles: readonly TenantRole[];
  /** Whether the tenant has chosen the roles. */
  readonly own: boolean;
}

@Injectable()
export class DeclaredRights implements ExtensionRights {
  private readonly chosen: StreamFolds<RightRolesEvent, RightRoles>;

  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(EVENT_STORE) store: EventStore,
  ) {
    this.chosen = new StreamFolds(store, { evolve: evolveRightRoles, initialState: {} });
  }

  async heldBy({ principal, tenant }: RequestContext, manifest: Pick<Manifest, 'id' | 'rights'>): Promise<readonly string[]> {
    if (Object.keys(manifest.rights ?? {}).length === 0) return [];
    const rights = await this.withRoles(tenant, manifest);
    return rights.filter(({ roles }) => principal.hasRole?.(roles, tenant) === true).map(({ right }) => right);
  }

  /** REQUEST_NOT_FOUND where it is not installed. */
  async ofExtension(tenant: string, extension: string): Promise<readonly RightWithRoles[]> {
    const installation = this.installations.find(tenant, extension);
    if (installation === null) throw rejected('REQUEST_NOT_FOUND', { thing: 'extension', id: extension });
    return this.withRoles(tenant, installation.version.manifest);
  }

  async chosenFor(tenant: string, extension: string): Promise<RightRoles> {
    return (await this.chosen.read(rightRolesStream(tenant, extension))).state;
  }

  private async withRoles(tenant: string, { id, rights = {} }: Pick<Manifest, 'id' | 'rights'>): Promise<readonly RightWithRoles[]> {
    const chosen = await this.chosenFor(tenant, id);
    return Object.entries(rights).map(([right, { description, roles }]) => ({
      right,
      description,
      roles: chosen[right] ?? roles,
      defaultRoles: roles,
      own: Object.hasOwn(chosen, right),
    }));
  }
}

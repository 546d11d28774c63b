// Whether a version can run in its tenant now. Asked of the live snapshot of installations, so that it is true the moment an extension goes.
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { Inject, Injectable } from '@nestjs/common';
import { providedBy } from '../plugins/plugin-catalogue.rules.js';
import { covers } from '../plugins/plugin-permission.rules.js';
import type { Permission } from '../plugins/plugin-resolution.rules.js';
import { meantBy, type Lack, type NeededCall } from './call.rules.js';
import { platformOperations } from './platform-operations.js';

@Injectable()
export class Blocking {
  constructor(@Inject(INSTALLATIONS) private readonly installations: Installations) {}

  /** Null when everything that it needs is there. */
  readonly reason = (tenant: string, owner: string | null, needs: readonly NeededCall[]): string | null => {
    const [lack] = this.lacks(tenant, owner, needs);
    return lack === undefined ? null : reasonOf(lack);
  };

  /** Everything that is not there, in the order of the document. */
  lacks(tenant: string, owner: string | null, needs: readonly NeededCall[]): readonly Lack[] {
    const facts = {
      provided: providedBy(this.installations.ofTenant(tenant)),
      operations: platformOperations,
      permission: owner === null ? null : this.permissionOf(tenant, owner),
    };
    return needs.flatMap(({ pointer, call }) => {
      const meant = meantBy(call, facts);
      return 'refusal' in meant ? [{ pointer, code: meant.refusal.code, reason: meant.refusal.reason }] : [];
    });
  }

  /** A workflow of an extension may call what the extension was granted, and its own plugins. */
  permissionOf(tenant: string, extension: string): Permission {
    const installation = this.installations.find(tenant, extension);
    const scopes = (installation?.grants ?? [])
      .filter(({ capability, state }) => capability === 'plugins' && state === 'granted')
      .map(({ scope }) => scope);
    return { extension, permits: (plugin) => plugin.extension === extension || covers(scopes, plugin) };
  }
}

export function reasonOf({ pointer, reason }: Lack): string {
  return `${pointer}: ${reason}`;
}

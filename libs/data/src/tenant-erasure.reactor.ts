// Removes what a deleted tenant has left in this context's tables; its settings and names stay in the log.
import { Inject, Injectable } from '@nestjs/common';
import { idOf, type RecordedEvent } from '@kari/kernel';
import { tenancyEvents } from '@kari/tenancy/contract';
import type { Reactor } from '@kari/platform/registry';
import { KvStore } from './kv/kv-store.js';
import { SecretVault } from './secrets/secret-vault.js';
import { ExtensionDataManager } from './tables/extension-data-manager.js';

@Injectable()
export class TenantErasure implements Reactor {
  readonly name = 'data.tenant-erasure';
  readonly handles = [tenancyEvents.tenantDeleted] as const;
  readonly runs = 'once';

  constructor(
    @Inject(KvStore) private readonly kv: KvStore,
    @Inject(SecretVault) private readonly vault: SecretVault,
    @Inject(ExtensionDataManager) private readonly tables: ExtensionDataManager,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const tenant = idOf(event.stream);
    await this.kv.forgetTenant(tenant);
    await this.vault.forgetTenant(tenant);
    await this.tables.forgetTenant(tenant);
  }
}

// Whether an extension may run a handler now: its tenant active, itself installed and enabled. Hooks run around that too, because installing
// and removing are what they are for.
import { rejected } from '@kari/kernel';
import type { Installation } from '@kari/extension/contract';
import type { HandlerName } from '@kari/protocol/broker';
import type { TenantStatus } from '@kari/tenancy/contract';

/** Throws `Rejection`. `handler` null: a start without a call. */
export function admit(
  extension: string,
  installation: Installation | null,
  tenant: TenantStatus | null,
  handler: HandlerName | null,
): Installation {
  if (tenant !== 'active') throw rejected('SANDBOX_TENANT_INACTIVE', { status: tenant ?? 'unknown' });
  if (installation === null) throw rejected('SANDBOX_NOT_INSTALLED', { extension });
  const { status } = installation;
  const isHook = handler === null || handler.startsWith('hook:');
  if (status === 'enabled' || (isHook && (status === 'installing' || status === 'disabled'))) return installation;
  throw rejected('SANDBOX_NOT_ENABLED', { extension, status });
}

/** For a start that nobody called for: what is not enabled does not come back by itself. */
export function admitRestart(extension: string, installation: Installation | null, tenant: TenantStatus | null): Installation {
  const admitted = admit(extension, installation, tenant, null);
  if (admitted.status !== 'enabled') throw rejected('SANDBOX_NOT_ENABLED', { extension, status: admitted.status });
  return admitted;
}

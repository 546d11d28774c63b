// Whether an extension may make one broker call, and if not, which check said no. The broker asks before the effect and again before the
// answer; "why denied" asks the same function.
import type { Grant, Installation } from '@kari/extension/contract';
import type { TenantStatus } from '@kari/tenancy/contract';
import type { Capability, CapabilityOperation } from '../contract.js';

type Check = 'method' | 'tenant' | 'installation' | 'status' | 'manifest' | 'grant' | 'schema' | 'scope';

type Scope = Readonly<Record<string, unknown>>;

export interface Question {
  readonly method: string;
  readonly capability: Capability | undefined;
  readonly tenant: TenantStatus | null;
  readonly installation: Installation | null;
  /** What the manifest of the installed version asks for of this capability, in the form in which grants hold it. */
  readonly asked: readonly Scope[];
  readonly request: unknown;
}

export type Decision =
  | {
      readonly allowed: true;
      readonly operation: CapabilityOperation<unknown>;
      readonly request: unknown;
      readonly scopes: readonly Scope[];
    }
  | { readonly allowed: false; readonly check: Check; readonly why: string };

/** Deny-first: each check must say yes, in this order. */
export function decideCall({ method, capability, tenant, installation, asked, request }: Question): Decision {
  const operation = capability?.operations.find(({ name }) => `${capability.name}.${name}` === method) as
    CapabilityOperation<unknown> | undefined;
  if (capability === undefined || operation === undefined) return denied('method', `there is no broker method ${method.slice(0, 100)}`);
  if (tenant !== 'active') return denied('tenant', `the tenant is ${tenant ?? 'unknown'}`);
  if (installation === null) return denied('installation', 'the extension is not installed in this tenant');

  let scopes: readonly Scope[] = [];
  if (!capability.openToAll) {
    if (installation.status !== 'enabled' && installation.status !== 'installing') {
      return denied('status', `the installation is ${installation.status}`);
    }
    if (asked.length === 0)
      return denied('manifest', `the manifest of version ${installation.version.version} asks for no ${capability.name}`);
    scopes = openScopes(asked, installation.grants, capability.name);
    if (scopes.length === 0) return denied('grant', `no ${capability.name} permission is granted, or each was revoked`);
  }

  const parsed = operation.schema.safeParse(request);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return denied('schema', `${issue?.path.join('.') || 'the request'}: ${issue?.message ?? 'not valid'}`);
  }
  const verdict = operation.allows(scopes, parsed.data);
  return verdict.allowed ? { allowed: true, operation, request: parsed.data, scopes } : denied('scope', verdict.why);
}

/** Asked for and granted and not revoked: a revocation wins over any grant of the same arguments, absence is a denial. */
function openScopes(asked: readonly Scope[], grants: readonly Grant[], capability: string): readonly Scope[] {
  const wanted = new Set(asked.map(canonical));
  const revoked = new Set(
    grants.filter((grant) => grant.capability === capability && grant.state !== 'granted').map(({ scope }) => canonical(scope)),
  );
  return grants
    .filter((grant) => grant.capability === capability && grant.state === 'granted')
    .map(({ scope }) => scope)
    .filter((scope) => wanted.has(canonical(scope)) && !revoked.has(canonical(scope)));
}

/** Equal for equal values, whatever the order of their keys. Scopes are small and flat enough to recurse. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

function denied(check: Check, why: string): Decision {
  return { allowed: false, check, why };
}

// Decides which secrets an extension has in a tenant. Values live sealed elsewhere; here is which row, for which hosts, since which version.
import { own, rejected, type Decider } from '@kari/kernel';
import { WORKFLOWS } from '../contract.js';
import type { SecretCommand } from './secret.commands.js';
import type { SecretEvent } from './secret.events.js';
import { undeclaredHost } from './secret.rules.js';

export interface HeldSecret {
  readonly version: number;
  readonly hosts: readonly string[];
  readonly fingerprint: string;
  readonly sealed: string;
}

export interface SecretsState {
  readonly held: Readonly<Record<string, HeldSecret>>;
  /** Last version of each name, also of deleted ones: a version never names two values. */
  readonly versions: Readonly<Record<string, number>>;
}

/** What the installed manifest says: the hosts it declares for a secret, by name. Null: the extension is not installed. */
export type DeclaredSecrets = (
  tenant: string,
  extension: string,
) => { readonly version: string; readonly hosts: ReadonlyMap<string, readonly string[]> } | null;

export function secretDecider(declaredBy: DeclaredSecrets): Decider<SecretCommand, SecretEvent, SecretsState> {
  return {
    decide(command, state, { tenant }) {
      const { extension, name } = command.data;
      const held = own(state.held, name);
      const version = (own(state.versions, name) ?? 0) + 1;
      if (command.type === 'DeleteSecret') {
        if (held === undefined) throw rejected('DATA_SECRET_NOT_SET', { extension, name });
        return [{ type: 'SecretDeleted', data: { extension, name, version: held.version } }];
      }

      const declaredHosts = extension === WORKFLOWS ? null : hostsDeclaredFor(name, extension, declaredBy(tenant, extension));
      const { fingerprint, sealed } = command.data;
      if (command.type === 'RotateSecret') {
        if (held === undefined) throw rejected('DATA_SECRET_NOT_SET', { extension, name });
        if (held.fingerprint === fingerprint) return [];
        return [{ type: 'SecretRotated', data: { extension, name, version, sealed, fingerprint } }];
      }
      const { hosts } = command.data;
      // Whoever sets a secret of workflows says where it may go: no manifest does.
      const host = undeclaredHost(declaredHosts ?? hosts, hosts);
      if (host !== null && declaredHosts === null) throw rejected('DATA_SECRET_HOST_INVALID', { name, host });
      if (host !== null) throw rejected('DATA_SECRET_HOST_NOT_DECLARED', { extension, name, host, declared: declaredHosts });
      if (held !== undefined && held.fingerprint === fingerprint && held.hosts.join() === hosts.join()) return [];
      return [{ type: 'SecretSet', data: { extension, name, version, hosts: [...hosts], sealed, fingerprint } }];
    },
    evolve(state, event) {
      const { name, version } = event.data;
      const versions = { ...state.versions, [name]: version };
      switch (event.type) {
        case 'SecretSet': {
          const { hosts, fingerprint, sealed } = event.data;
          return { held: { ...state.held, [name]: { version, hosts, fingerprint, sealed } }, versions };
        }
        case 'SecretRotated': {
          const { fingerprint, sealed } = event.data;
          const hosts = own(state.held, name)?.hosts ?? [];
          return { held: { ...state.held, [name]: { version, hosts, fingerprint, sealed } }, versions };
        }
        case 'SecretDeleted': {
          const { [name]: _gone, ...held } = state.held;
          return { held, versions };
        }
      }
    },
    initialState: { held: {}, versions: {} },
  };
}

function hostsDeclaredFor(name: string, extension: string, declared: ReturnType<DeclaredSecrets>): readonly string[] {
  if (declared === null) throw rejected('DATA_EXTENSION_NOT_INSTALLED', { extension });
  const hosts = declared.hosts.get(name);
  if (hosts !== undefined) return hosts;
  throw rejected('DATA_SECRET_NOT_DECLARED', { extension, version: declared.version, name, declared: [...declared.hosts.keys()] });
}

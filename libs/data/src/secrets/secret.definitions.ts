// The commands of secrets, bound to what is installed.
import type { Installations } from '@kari/extension/contract';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { secretStream } from './guarded-secrets.js';
import { deleteSecret, rotateSecret, setSecret } from './secret.commands.js';
import { secretDecider, type DeclaredSecrets } from './secret.decider.js';

export function secretCommands(installations: Installations): readonly AnyCommandDefinition[] {
  const common = {
    right: 'secret.manage',
    scope: 'tenant' as const,
    stream: (data: { extension: string }, tenant: string) => secretStream(tenant, data.extension),
    // Not `secret:`: what follows that is hidden wherever text is written down.
    subject: (data: { extension: string; name: string }) => `secret-of:${data.extension}~${data.name}`,
    decider: secretDecider(declaredSecrets(installations)),
  };
  return [
    { ...common, type: 'SetSecret', schema: setSecret },
    { ...common, type: 'RotateSecret', schema: rotateSecret },
    { ...common, type: 'DeleteSecret', schema: deleteSecret },
  ];
}

function declaredSecrets(installations: Installations): DeclaredSecrets {
  return (tenant, extension) => {
    const manifest = installations.find(tenant, extension)?.version.manifest;
    if (manifest === undefined) return null;
    return { version: manifest.version, hosts: new Map((manifest.permissions?.secrets ?? []).map(({ name, hosts }) => [name, hosts])) };
  };
}

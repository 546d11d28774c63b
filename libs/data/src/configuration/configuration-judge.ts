// Holds values against the manifest of what is installed, with the snapshot that enforcement reads: every sender of the command is judged alike.
import { compare } from 'semver';
import { canonicalJson, NotJson, PLATFORM_TENANT, rejected } from '@kari/kernel';
import type { Installations } from '@kari/extension/contract';
import { compileForeignSchema, withDefaults, type ValueProblem } from '@kari/package';
import type { Manifest } from '@kari/protocol/manifest';
import type { Tenants } from '@kari/tenancy/contract';
import type { ConfigurationJudge } from './configuration.decider.js';
import { LARGEST_CONFIGURATION, layered, partial, secretFields, type Values } from './configuration.rules.js';

/** The global values of an extension, as far as this process has seen them. */
export type GlobalValues = (extension: string) => Values | null;

export function configurationJudge(installations: Installations, tenants: Tenants, globals: GlobalValues): ConfigurationJudge {
  return (tenant, extension, values) => {
    const manifest = manifestOf(installations, tenants, tenant, extension);
    if (manifest === null) throw rejected('DATA_EXTENSION_NOT_INSTALLED', { extension });
    const { version, config } = manifest;
    if (config === undefined) throw rejected('DATA_CONFIG_NOT_DECLARED', { extension, version });
    const bytes = Buffer.byteLength(stored(manifest, values));
    if (bytes > LARGEST_CONFIGURATION) throw rejected('DATA_CONFIG_TOO_LARGE', { extension, bytes, limit: LARGEST_CONFIGURATION });

    refuseUndeclaredSecrets(manifest, values);
    const [problem] =
      tenant === PLATFORM_TENANT
        ? compileForeignSchema(partial(config)).check(values)
        : configurationProblems(manifest, layered(globals(extension), values));
    if (problem !== undefined)
      throw rejected('DATA_CONFIG_INVALID', { extension, version, pointer: problem.pointer || '/', reason: problem.reason });
  };
}

/** The text that the log will hold; a value that it cannot hold is refused here, where it still has a name. */
function stored({ id, version }: Manifest, values: Values): string {
  try {
    return canonicalJson(values);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw rejected('DATA_CONFIG_INVALID', { extension: id, version, pointer: error.path || '/', reason: `it ${error.fault}` });
  }
}

/** What is wrong with the values of a tenant as an extension would get them; empty when they are complete and valid. */
export function configurationProblems(manifest: Manifest, values: Values): readonly ValueProblem[] {
  if (manifest.config === undefined) return [];
  return compileForeignSchema(manifest.config).check(withDefaults(manifest.config, values));
}

/** A secret field takes a declared name. Anything else may be the secret itself: it is refused and shown nowhere. */
function refuseUndeclaredSecrets(manifest: Manifest, values: Values): void {
  const declared = new Set((manifest.permissions?.secrets ?? []).map(({ name }) => name));
  const plain = secretFields(manifest.config, values).find(({ value }) => !declared.has(value));
  if (plain !== undefined) throw rejected('DATA_CONFIG_SECRET_IN_PLAIN', { extension: manifest.id, pointer: plain.pointer });
}

/** For all tenants: the newest version that any of them has. */
function manifestOf(installations: Installations, tenants: Tenants, tenant: string, extension: string): Manifest | null {
  if (tenant !== PLATFORM_TENANT) return installations.find(tenant, extension)?.version.manifest ?? null;
  const found = [PLATFORM_TENANT, ...tenants.all().map(({ id }) => id)].flatMap((id) => installations.find(id, extension) ?? []);
  return found.map(({ version }) => version.manifest).sort((left, right) => compare(right.version, left.version))[0] ?? null;
}

// Reads the environment into one frozen value, or refuses it with every fault named at once.
import type { z } from 'zod';
import { nearest } from './nearest.rules.js';
import { settings, type Setting, type SettingName } from './settings.js';

export const CONFIG = Symbol('Config');

type Value<Name extends SettingName> = z.output<(typeof settings)[Name]['schema']>;

export interface Config {
  readonly mode: Value<'KARI_MODE'>;
  readonly host: string;
  readonly port: number;
  /** Null: host and port. */
  readonly publicUrl: string | null;
  readonly allowedOrigins: readonly string[];
  readonly roles: Value<'KARI_ROLES'>;
  readonly dataDir: string;
  readonly extensionsDirs: readonly string[];
  readonly safeBoot: boolean;
  readonly upgradeTrialSeconds: number;
  readonly upgradeHealthSeconds: number;
  readonly masterKey: string | null;
  readonly masterKeyFile: string | null;
  readonly masterKeyPrevious: readonly string[];
  readonly logLevel: Value<'KARI_LOG_LEVEL'>;
  readonly otlpEndpoint: string | null;
  readonly metricsToken: string | null;
  readonly databaseConnections: number;
  /** Of all tables of one extension in one tenant. */
  readonly tableBytes: number;
  /** Operations a second; what a tenant was given of its own goes before. */
  readonly rates: { readonly tenant: number; readonly token: number; readonly extension: number };
  /** Null: any document. */
  readonly persistedOnly: string | null;
  readonly stopSeconds: number;
  /** Null: the embedded database. */
  readonly databaseUrl: string | null;
}

/** One line per fault; no value of a secret setting is in them. */
export class ConfigurationRefused extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigurationRefused';
  }
}

/** Throws `ConfigurationRefused`. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults = unknownNames(environment);
  const read = <Name extends SettingName>(name: Name): Value<Name> => {
    // An empty variable is how compose files and shells write "unset".
    const given = environment[name] === '' ? undefined : environment[name];
    const setting: Setting = settings[name];
    if (given !== undefined && setting.reserved === true) faults.push(`${name} is reserved for a later release: unset it.`);
    const value = given ?? setting.fallback;
    if (value === null) return null as Value<Name>;
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success)
      faults.push(`${name} is ${setting.secret === true ? 'not valid' : JSON.stringify(given)}: it takes ${setting.form}.`);
    return parsed.data as Value<Name>;
  };
  const config: Config = {
    mode: read('KARI_MODE'),
    host: read('KARI_HOST'),
    port: read('KARI_PORT'),
    publicUrl: read('KARI_PUBLIC_URL'),
    allowedOrigins: read('KARI_ALLOWED_ORIGINS'),
    roles: read('KARI_ROLES'),
    dataDir: read('KARI_DATA_DIR'),
    extensionsDirs: read('KARI_EXTENSIONS_DIRS'),
    safeBoot: read('KARI_SAFE_BOOT'),
    upgradeTrialSeconds: read('KARI_UPGRADE_TRIAL_SECONDS'),
    upgradeHealthSeconds: read('KARI_UPGRADE_HEALTH_SECONDS'),
    masterKey: read('KARI_MASTER_KEY'),
    masterKeyFile: read('KARI_MASTER_KEY_FILE'),
    masterKeyPrevious: read('KARI_MASTER_KEY_PREVIOUS'),
    logLevel: read('KARI_LOG_LEVEL'),
    otlpEndpoint: read('KARI_OTLP_ENDPOINT'),
    metricsToken: read('KARI_METRICS_TOKEN'),
    databaseConnections: read('KARI_DATABASE_CONNECTIONS'),
    tableBytes: read('KARI_TABLE_BYTES'),
    rates: { tenant: read('KARI_RATE_TENANT'), token: read('KARI_RATE_TOKEN'), extension: read('KARI_RATE_EXTENSION') },
    persistedOnly: read('KARI_PERSISTED_ONLY'),
    stopSeconds: read('KARI_STOP_SECONDS'),
    databaseUrl: read('DATABASE_URL'),
  };
  read('ESDB_URL');
  read('KAFKA_BROKERS');
  if (config.masterKey !== null && config.masterKeyFile !== null) {
    faults.push('KARI_MASTER_KEY and KARI_MASTER_KEY_FILE are both set: keep one.');
  }
  if (faults.length > 0) throw new ConfigurationRefused(faults);
  for (const value of Object.values(config)) Object.freeze(value);
  return Object.freeze(config);
}

export interface SettingDescription {
  readonly name: SettingName;
  readonly meaning: string;
  readonly form: string;
  /** Null: unset. */
  readonly default: string | null;
  readonly secret: boolean;
  readonly reserved: boolean;
}

/** The reference page is made of this. */
export function describeConfig(): readonly SettingDescription[] {
  return Object.entries<Setting>(settings).map(([name, setting]) => ({
    name: name as SettingName,
    meaning: setting.meaning,
    form: setting.form,
    default: setting.fallback === '' ? null : setting.fallback,
    secret: setting.secret === true,
    reserved: setting.reserved === true,
  }));
}

/** Read by the test scripts, not by the server; harmless when inherited from them. */
const TOOLS = new Set(['KARI_REQUIRE']);

function unknownNames(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.keys(settings);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KARI_') && !known.includes(name) && !TOOLS.has(name))
    .sort()
    .map((name) => {
      const close = nearest(name, known);
      return `${name} is no setting of Kari${close === null ? '' : `; did you mean ${close}?`}`;
    });
}

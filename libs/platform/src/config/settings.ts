// Every setting of the server, as data: its words, its form and its default. What is read, refused and printed all comes from this list.
import { z } from 'zod';

export interface Setting<T = unknown> {
  /** What it decides, in one sentence with its unit. */
  readonly meaning: string;
  /** What a value looks like, for people. */
  readonly form: string;
  readonly schema: z.ZodType<T, string>;
  /** As one would write it; null: unset. */
  readonly fallback: string | null;
  /** Its value is never repeated, not even in the refusal of it. */
  readonly secret?: true;
  /** The name is taken, but this release does nothing with it: setting it is refused rather than ignored. */
  readonly reserved?: true;
}

export const serverRoles = ['api', 'worker', 'host'] as const;
export type ServerRole = (typeof serverRoles)[number];

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);
const flag = z.enum(['0', '1']).transform((value) => value === '1');
const list = (separator: string) =>
  z.string().transform((value) =>
    value
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
const text = z.string().min(1);
const url = (...protocols: readonly string[]) => text.refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol));
const roles = list(',')
  .pipe(z.array(z.enum(serverRoles)).min(1))
  .transform((given) => serverRoles.filter((role) => given.includes(role)));
const origins = list(',').pipe(z.array(url('http:', 'https:').refine((value) => new URL(value).origin === value)));

const setting = <T>(definition: Setting<T>): Setting<T> => definition;

export const settings = {
  KARI_MODE: setting({
    meaning: 'Whether this is a development server (sample extensions, demo tenant, local issuer) or a production one.',
    form: 'development or production',
    schema: z.enum(['development', 'production']),
    fallback: 'development',
  }),
  KARI_HOST: setting({ meaning: 'Address to listen on.', form: 'IP address or host name', schema: text, fallback: '127.0.0.1' }),
  KARI_PORT: setting({
    meaning: 'Port to listen on; 0 takes a free one.',
    form: 'number, 0 to 65535',
    schema: whole(0, 65_535),
    fallback: '4000',
  }),
  KARI_PUBLIC_URL: setting({
    meaning: 'Address under which people and browsers reach this server; default: host and port.',
    form: 'http or https URL',
    schema: url('http:', 'https:'),
    fallback: null,
  }),
  KARI_ALLOWED_ORIGINS: setting({
    meaning: 'Web origins, beside the own one, whose pages may open WebSockets and call the API.',
    form: 'origins, separated by commas',
    schema: origins,
    fallback: '',
  }),
  KARI_ROLES: setting({
    meaning:
      'What this process does: serve the API, follow the log (worker), host sandboxes. This release runs all three in one process and refuses fewer.',
    form: 'any of api, worker, host, separated by commas',
    schema: roles,
    fallback: 'api,worker,host',
  }),
  KARI_DATA_DIR: setting({
    meaning: 'Folder for everything this server keeps on disk: the embedded database, keys, blobs, the admin token.',
    form: 'path',
    schema: text,
    fallback: '.data',
  }),
  KARI_EXTENSIONS_DIRS: setting({
    meaning: 'Folders that are searched for extensions.',
    form: process.platform === 'win32' ? 'paths, separated by semicolons' : 'paths, separated by colons',
    schema: list(process.platform === 'win32' ? ';' : ':'),
    fallback: 'extensions',
  }),
  KARI_SAFE_BOOT: setting({
    meaning: 'Start with every extension off, to repair a server that an extension keeps from starting.',
    form: '0 or 1',
    schema: flag,
    fallback: '0',
  }),
  KARI_UPGRADE_TRIAL_SECONDS: setting({
    meaning:
      'How long after its switch a new version of an extension is on trial: it is rolled back by itself when it fails; 0: not at all.',
    form: 'seconds, 0 to 604800',
    schema: whole(0, 604_800),
    fallback: '600',
  }),
  KARI_UPGRADE_HEALTH_SECONDS: setting({
    meaning: 'Seconds between two health checks of a version that is on trial.',
    form: 'seconds, 1 to 3600',
    schema: whole(1, 3_600),
    fallback: '30',
  }),
  KARI_MASTER_KEY: setting({
    meaning: 'Key that wraps all other keys; default: one made on the first start, in the data folder.',
    form: '32 bytes as base64, base64url or hex',
    schema: text.refine((value) => keyLength(value) === 32),
    fallback: null,
    secret: true,
  }),
  KARI_MASTER_KEY_FILE: setting({
    meaning: 'File that holds the master key, instead of KARI_MASTER_KEY.',
    form: 'path',
    schema: text,
    fallback: null,
  }),
  KARI_MASTER_KEY_PREVIOUS: setting({
    meaning:
      'Earlier values of KARI_MASTER_KEY, newest first: at the next start everything they wrapped is wrapped anew, then they may go.',
    form: '32 bytes as base64, base64url or hex, separated by commas',
    schema: list(',').pipe(z.array(text.refine((value) => keyLength(value) === 32))),
    fallback: '',
    secret: true,
  }),
  KARI_LOG_LEVEL: setting({
    meaning: 'The least severe lines that are logged.',
    form: 'debug, info, warn, error or silent',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    fallback: 'info',
  }),
  KARI_OTLP_ENDPOINT: setting({
    meaning: 'OpenTelemetry collector that traces are sent to (OTLP over HTTP); unset: none are sent.',
    form: 'http or https URL',
    schema: url('http:', 'https:'),
    fallback: null,
  }),
  KARI_METRICS_TOKEN: setting({
    meaning: 'Token with which a scraper reads /metrics; unset: only callers who may see the state of the platform.',
    form: 'text, 20 characters or more',
    schema: text.min(20),
    fallback: null,
    secret: true,
  }),
  KARI_DATABASE_CONNECTIONS: setting({
    meaning: 'Most connections of each of the three pools (the platform’s own, reads for callers, tables of extensions) of this process.',
    form: 'number, 3 to 500',
    schema: whole(3, 500),
    fallback: '12',
  }),
  KARI_TABLE_BYTES: setting({
    meaning: 'Most bytes that the tables of one extension hold in one tenant.',
    form: 'number, 65536 to 1099511627776',
    schema: whole(65_536, 1_099_511_627_776),
    fallback: '268435456',
  }),
  KARI_RATE_TENANT: setting({
    meaning: 'Operations a second that all callers of one tenant may ask for, over all processes; two seconds’ worth may come at once.',
    form: 'number, 1 to 1000000',
    schema: whole(1, 1_000_000),
    fallback: '5000',
  }),
  KARI_RATE_TOKEN: setting({
    meaning: 'Operations a second that may be asked for with one token, its sessions included; over all processes.',
    form: 'number, 1 to 1000000',
    schema: whole(1, 1_000_000),
    fallback: '2500',
  }),
  KARI_RATE_EXTENSION: setting({
    meaning: 'Calls a second that one extension of one tenant may make to the platform, over all processes.',
    form: 'number, 1 to 1000000',
    schema: whole(1, 1_000_000),
    fallback: '1000',
  }),
  KARI_PERSISTED_ONLY: setting({
    meaning:
      'Folder of GraphQL documents (*.graphql), the only ones that are run: every other is refused. Unset: any document may be asked.',
    form: 'path',
    schema: text,
    fallback: null,
  }),
  KARI_STOP_SECONDS: setting({
    meaning: 'How long a stop waits for requests and sandboxes to finish, in seconds, before it ends them.',
    form: 'number, 1 to 600',
    schema: whole(1, 600),
    fallback: '10',
  }),
  DATABASE_URL: setting({
    meaning: 'PostgreSQL 15 or newer, as the owner of the database; unset: the embedded one is started.',
    form: 'postgresql://user:password@host:port/database',
    schema: url('postgres:', 'postgresql:').refine((value) => new URL(value).pathname.length > 1),
    fallback: null,
    secret: true,
  }),
  ESDB_URL: setting({
    meaning: 'EventStoreDB or KurrentDB as the event store.',
    form: 'esdb:// URL',
    schema: text,
    fallback: null,
    secret: true,
    reserved: true,
  }),
  KAFKA_BROKERS: setting({
    meaning: 'Kafka as the bus.',
    form: 'host:port, separated by commas',
    schema: list(','),
    fallback: null,
    reserved: true,
  }),
} as const;

export type SettingName = keyof typeof settings;

function keyLength(value: string): number {
  if (/^[0-9a-f]{64}$/i.test(value)) return 32;
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(value) ? Buffer.from(value, 'base64url').length : 0;
}

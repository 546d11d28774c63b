// Asks for addresses without the thread pool: `getaddrinfo` has four threads for the whole process, and a name whose server is slow on
// purpose would hold up every file the host reads.
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addressesIn } from './hosts-file.rules.js';
import type { EgressResolver } from './network.js';

export interface DnsSettings {
  /** Default: the machine's own. `<address>[:<port>]` */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;

const HOSTS_FILE =
  process.platform === 'win32' ? join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32\\drivers\\etc\\hosts') : '/etc/hosts';

export function dnsResolver({ servers, hostsFile = HOSTS_FILE }: DnsSettings = {}): EgressResolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return {
    async resolve(host) {
      const local = addressesIn(await readFile(hostsFile, 'utf8').catch(() => ''), host);
      if (local.length > 0) return local;
      const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      // An answer that did not come might have held the forbidden address: only "there is none" counts as none.
      return [...recordsOf(v4), ...recordsOf(v6)];
    },
  };
}

function recordsOf(outcome: PromiseSettledResult<readonly string[]>): readonly string[] {
  if (outcome.status === 'fulfilled') return outcome.value;
  const { code } = outcome.reason as { code?: unknown };
  if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
  throw outcome.reason;
}

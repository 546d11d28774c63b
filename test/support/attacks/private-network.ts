// A network namespace of our own, with addresses that are forbidden, declared and undeclared, and a resolver that asks us. Nothing in it can
// reach the machine's network, and nothing of the machine's network can answer in its place.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const addresses = {
  metadata: '169.254.169.254',
  metadataV6: 'fd00:ec2::254',
  declared: '93.184.216.34',
  undeclared: '93.184.216.35',
} as const;

const NOBODY = 65534;
const PLAIN = 1000;

/** The command line in front of a program that shall run there; `as` a user that is not root where asked. */
export function insidePrivateNetwork(folder: string, as: 'root' | 'plain' | 'same', command: readonly string[]): readonly string[] {
  const resolver = join(folder, 'resolv.conf');
  const hosts = join(folder, 'hosts');
  writeFileSync(resolver, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n', { mode: 0o644 });
  writeFileSync(hosts, '127.0.0.1 localhost\n', { mode: 0o644 });
  const { metadata, metadataV6, declared, undeclared } = addresses;
  const steps = [
    'ip link set lo up',
    ...[metadata, declared, undeclared].map((address) => `ip addr add ${address}/32 dev lo`),
    `ip -6 addr add ${metadataV6}/128 dev lo nodad`,
    // Ports below 1024 for everyone in here: so that addresses can be written without a port, as attackers write them.
    'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start',
    `mount --bind ${resolver} /etc/resolv.conf`,
    `mount --bind ${hosts} /etc/hosts`,
  ];
  const root = process.getuid?.() === 0;
  const dropped = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`;
  // Root of a namespace alone is not root: a host that took itself for it would give its sandboxes users that do not exist there.
  const asBefore = `unshare --user --map-user=${PLAIN} --map-group=${PLAIN}`;
  const after = !root ? asBefore : as === 'plain' ? dropped : '';
  const script = `${steps.join(' && ')} && exec ${after} "$@"`;
  return ['unshare', ...(root ? [] : ['--user', '--map-root-user']), '--net', '--mount', 'sh', '-c', script, 'kari-network', ...command];
}

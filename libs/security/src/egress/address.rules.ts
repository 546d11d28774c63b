// Judges an address that an extension would be connected to, in every spelling. An allow-list: what is not known to be public is forbidden.
import ipaddr from 'ipaddr.js';

export type AddressVerdict =
  | { readonly public: true; readonly address: string }
  | {
      readonly public: false;
      readonly address: string;
      /** In words: which kind of address it is. */
      readonly range: string;
      /** Whether an operator may open it; never true of addresses that name no single host. */
      readonly openable: boolean;
    };

type Network = readonly [cidr: string, range: string];

const NEVER: readonly Network[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255/32', 'broadcast'],
  ['::/128', 'unspecified'],
  ['ff00::/8', 'multicast'],
];

const FORBIDDEN_V4: readonly Network[] = [
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'a metadata service'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved for protocols'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'reserved for AS112'],
  ['192.52.193.0/24', 'reserved for AMT'],
  ['192.88.99.0/24', 'a 6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'reserved for AS112'],
  ['198.18.0.0/15', 'benchmark'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['240.0.0.0/4', 'reserved'],
];

/** The only IPv6 space that is handed out as global unicast; all else is forbidden by absence. */
const GLOBAL_V6 = '2000::/3';

const FORBIDDEN_V6: readonly Network[] = [
  ['::1/128', 'loopback'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['64:ff9b:1::/48', 'local NAT64'],
  ['100::/64', 'discard-only'],
  ['2001:db8::/32', 'documentation'],
  ['2001::/32', 'Teredo'],
  ['2001:2::/48', 'benchmark'],
  ['2001::/23', 'reserved for protocols'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'reserved for AS112'],
  ['3fff::/20', 'documentation'],
];

const MAPPED = '::ffff:0:0/96';
const NAT64 = '64:ff9b::/96';
// The last 64 bits of an ISATAP address hold an IPv4 address that a router may tunnel to.
const ISATAP = [
  [0x0000, 0x5efe],
  [0x0200, 0x5efe],
] as const;

/** Takes any spelling: decimal, octal, hex and short IPv4, IPv6 with or without brackets, mapped and NAT64 forms. */
export function judgeAddress(spelling: string): AddressVerdict {
  const text = spelling.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(text)) return { public: false, address: spelling, range: 'not an address', openable: false };
  const parsed = ipaddr.parse(text);
  return parsed instanceof ipaddr.IPv4 ? judgeV4(parsed) : judgeV6(parsed);
}

/** Whether the text is an address rather than a name, in any spelling that some resolver might take for one. */
export function isAddressLiteral(host: string): boolean {
  return ipaddr.isValid(host.replace(/^\[|\]$/g, ''));
}

/** Whether the address lies in one of the networks; mapped and NAT64 forms count as the IPv4 address they hold. */
export function liesWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = unwrapped(ipaddr.parse(address));
  return networks.some((network) => contains(network, parsed));
}

export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

function judgeV4(address: ipaddr.IPv4): AddressVerdict {
  const text = address.toString();
  const never = NEVER.find(([cidr]) => contains(cidr, address));
  if (never !== undefined) return { public: false, address: text, range: never[1], openable: false };
  const forbidden = FORBIDDEN_V4.find(([cidr]) => contains(cidr, address));
  if (forbidden !== undefined) return { public: false, address: text, range: forbidden[1], openable: true };
  return { public: true, address: text };
}

function judgeV6(address: ipaddr.IPv6): AddressVerdict {
  const text = address.toString();
  if (address.zoneId !== undefined) return { public: false, address: text, range: 'bound to an interface', openable: false };
  const embedded = unwrapped(address);
  if (embedded instanceof ipaddr.IPv4) return { ...judgeV4(embedded), address: text };
  const never = NEVER.find(([cidr]) => contains(cidr, address));
  if (never !== undefined) return { public: false, address: text, range: never[1], openable: false };
  const forbidden = FORBIDDEN_V6.find(([cidr]) => contains(cidr, address));
  if (forbidden !== undefined) return { public: false, address: text, range: forbidden[1], openable: true };
  if (!contains(GLOBAL_V6, address)) return { public: false, address: text, range: 'reserved', openable: true };
  const tunnelled = isatap(address);
  return tunnelled === null ? { public: true, address: text } : { ...judgeV4(tunnelled), address: text };
}

function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address;
  return contains(MAPPED, address) || contains(NAT64, address) ? lastFourBytes(address) : address;
}

function isatap(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const marked = ISATAP.some(([high, low]) => address.parts[4] === high && address.parts[5] === low);
  return marked ? lastFourBytes(address) : null;
}

function lastFourBytes(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function contains(cidr: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return network.kind() === address.kind() && address.match(network, bits);
}

// Every way we know to ask the broker for an address that is nobody's business: made by combining addresses, spellings and roads.

/** Forbidden addresses of every range, in their plain form. */
export const forbiddenAddresses = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255'],
  ...['100.100.100.200', '169.254.169.254', '169.254.170.2', '168.63.129.16', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1'],
  ...['192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250'],
  ...['240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe'],
  ...['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '2002:a9fe:a9fe::', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
  ...['fec0::1', 'ff02::1', '3fff::1', '::127.0.0.1', '2001:4860:4860:0:0:5efe:7f00:1'],
] as const;

const numbersOf = (address: string): readonly number[] => address.split('.').map(Number);
const isV4 = (address: string): boolean => /^\d+(\.\d+){3}$/.test(address);

/** One IPv4 address as parsers of many ages read it. */
export function spellingsOf(address: string): readonly string[] {
  if (!isV4(address)) return [`[${address}]`, `[${address.toUpperCase()}]`];
  const [a = 0, b = 0, c = 0, d = 0] = numbersOf(address);
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const octal = (value: number): string => `0${value.toString(8)}`;
  const mapped = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return [
    address,
    `${address}.`,
    String(whole),
    hex(whole),
    octal(whole),
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    `${hex(a)}.${octal(b)}.${c}.${d}`,
    `${a}.${b * 65536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replaceAll('.', '。'),
    [...address].map((sign) => (sign === '.' ? sign : String.fromCodePoint(0xff10 + Number(sign)))).join(''),
    [...address].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join(''),
    `[::ffff:${address}]`,
    `[::ffff:${mapped}]`,
    `[64:ff9b::${mapped}]`,
  ];
}

/** Texts on which parsers differ; `ours` is what an attacker takes for granted, `theirs` where it shall lead. */
export function ambiguitiesOf(ours: string, theirs: string): readonly string[] {
  return [
    `http://${ours}@${theirs}/`,
    `http://${ours}:80@${theirs}/`,
    `http://${ours}%40${theirs}/`,
    `http://${theirs}#@${ours}/`,
    `http://${theirs}?@${ours}/`,
    `http://${theirs}\\@${ours}/`,
    `http://${theirs}/@${ours}/`,
    `http://${theirs};@${ours}/`,
    `http://${theirs},${ours}/`,
    `http://${theirs} ${ours}/`,
    `http://${theirs}%00.${ours}/`,
    `http://${theirs}%0d%0aHost:%20${ours}/`,
    `http://${theirs}:80:80/`,
    `http:${theirs}/`,
    `http:/${theirs}/`,
    `http:///${theirs}/`,
    `http:\\\\${theirs}/`,
    ` http://${theirs}/`,
    `HTTP://${theirs}/`,
    `http://u:p@${theirs}/`,
    `http://[${theirs}]/`,
    `http://${theirs}.${ours}.evil.example/`,
    `//${theirs}/`,
    `https://${theirs}/`,
    `ftp://${theirs}/`,
    `gopher://${theirs}:70/_GET`,
    `dict://${theirs}:11211/stat`,
    `ldap://${theirs}/`,
    `file://${theirs}/etc/passwd`,
    `ws://${theirs}/`,
    `jar:http://${theirs}!/`,
    `view-source:http://${theirs}/`,
  ];
}

import { describe, expect, it } from '@jest/globals';
import { isAddressLiteral, judgeAddress, liesWithin } from './address.rules.js';

const SPELLINGS_OF_LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '0177.0.0.01',
  '017700000001',
  '127.255.255.254',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '[::ffff:7f00:1]',
  '::FFFF:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::7f00:1',
  '2001:4860:4860:0:0:5efe:7f00:1',
  '2001:4860:4860:0:200:5efe:127.0.0.1',
];

const FORBIDDEN: readonly [string, string][] = [
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['100.100.100.200', 'carrier-grade NAT'],
  ['169.254.169.254', 'link-local'],
  ['169.254.170.2', 'link-local'],
  ['2852039166', 'link-local'],
  ['0xa9fea9fe', 'link-local'],
  ['0251.0376.0251.0376', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['64:ff9b::a9fe:a9fe', 'link-local'],
  ['168.63.129.16', 'a metadata service'],
  ['192.0.0.192', 'reserved for protocols'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.9', 'documentation'],
  ['192.88.99.1', 'a 6to4 relay'],
  ['198.18.0.1', 'benchmark'],
  ['198.19.255.255', 'benchmark'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'bound to an interface'],
  ['fec0::1', 'site-local'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'unique local'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['2001::1', 'Teredo'],
  ['2001:2::1', 'benchmark'],
  ['2001:10::1', 'reserved for protocols'],
  ['2001:20::1', 'reserved for protocols'],
  ['2002:7f00:1::', '6to4'],
  ['2002:c0a8:101::1', '6to4'],
  ['64:ff9b:1::1', 'local NAT64'],
  ['100::1', 'discard-only'],
  ['::127.0.0.1', 'loopback'],
  ['::ffff:0:127.0.0.1', 'reserved'],
  ['5f00::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['not an address', 'not an address'],
  ['', 'not an address'],
  ['1.2.3.4.5', 'not an address'],
];

const PUBLIC = [
  '93.184.216.34',
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];

describe('S-08 judging an address', () => {
  it.each(SPELLINGS_OF_LOOPBACK)('knows loopback as %s', (spelling) => {
    expect(judgeAddress(spelling)).toMatchObject({ public: false, range: 'loopback' });
  });

  it.each(FORBIDDEN)('forbids %s, which is %s', (spelling, range) => {
    expect(judgeAddress(spelling)).toMatchObject({ public: false, range });
  });

  it.each(PUBLIC)('lets %s pass: the control', (spelling) => {
    expect(judgeAddress(spelling).public).toBe(true);
  });

  it('forbids every IPv4 address of a private network, sampled, in five spellings', () => {
    const networks = [
      [10, 8],
      [127, 8],
      [0, 8],
    ] as const;
    for (const [first] of networks) {
      for (let step = 0; step < 400; step += 1) {
        const number = first * 2 ** 24 + ((step * 41_943) % 2 ** 24);
        const octets = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
        const hex = `0x${number.toString(16)}`;
        const dotted = octets.join('.');
        const mapped = `::ffff:${dotted}`;
        const octal = octets.map((octet) => `0${octet.toString(8)}`).join('.');
        for (const spelling of [dotted, String(number), hex, mapped, octal]) expect(judgeAddress(spelling).public).toBe(false);
      }
    }
  });

  it('never calls an address openable that names no single host', () => {
    for (const address of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'fe80::1%eth0', 'nonsense']) {
      expect(judgeAddress(address)).toMatchObject({ public: false, openable: false });
    }
    expect(judgeAddress('10.0.0.1')).toMatchObject({ openable: true });
  });

  it('knows a literal from a name', () => {
    expect(['10.0.0.1', '0x7f.1', '[::1]'].every(isAddressLiteral)).toBe(true);
    expect(['example.org', 'localhost', '1e100.net'].some(isAddressLiteral)).toBe(false);
  });

  it('finds an address in a network also in its mapped form, and never across families', () => {
    expect(liesWithin('10.1.2.3', ['10.1.0.0/16'])).toBe(true);
    expect(liesWithin('::ffff:10.1.2.3', ['10.1.0.0/16'])).toBe(true);
    expect(liesWithin('10.2.2.3', ['10.1.0.0/16'])).toBe(false);
    expect(liesWithin('fd00::1', ['10.0.0.0/8', 'fd00::/8'])).toBe(true);
    expect(liesWithin('fd00::1', ['0.0.0.0/0'])).toBe(false);
  });
});

import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dnsResolver } from './dns-resolver.adapter.js';
import type { EgressResolver } from './network.js';

const RECORDS: Readonly<Record<string, { a?: readonly number[][]; aaaa?: readonly number[][]; broken?: boolean }>> = {
  'both.example': {
    a: [
      [93, 184, 216, 34],
      [10, 0, 0, 1],
    ],
    aaaa: [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  },
  'four.example': { a: [[1, 2, 3, 4]] },
  'half.example': { a: [[1, 2, 3, 4]], broken: true },
};

let server: Socket;
let folder: string;
let resolver: EgressResolver;
const questions: string[] = [];
beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (message, from) => server.send(answerTo(message), from.port, from.address));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'kari-hosts-'));
  const hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '10.9.9.9 local.example\n');
  resolver = dnsResolver({ servers: [`127.0.0.1:${server.address().port}`], hostsFile });
});
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** One question, one answer: as much of RFC 1035 as that takes. */
function answerTo(query: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    const length = query[at] ?? 0;
    labels.push(query.subarray(at + 1, at + 1 + length).toString());
    at += length + 1;
  }
  const type = query.readUInt16BE(at + 1);
  const name = labels.join('.').toLowerCase();
  questions.push(name);
  const known = RECORDS[name];
  const records = (type === 1 ? known?.a : type === 28 ? known?.aaaa : undefined) ?? [];
  const code = known === undefined ? 3 : type === 28 && known.broken === true ? 2 : 0;
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80 | code, 0, 1, 0, records.length, 0, 0, 0, 0]);
  const answers = records.map((bytes) => Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]));
  return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
}

describe('asking for addresses', () => {
  it('finds all records of both kinds', async () => {
    expect(await resolver.resolve('both.example')).toEqual(['93.184.216.34', '10.0.0.1', '2001:db8::1']);
    expect(await resolver.resolve('four.example')).toEqual(['1.2.3.4']);
  });

  it("takes the machine's own names from its file, and asks nobody", async () => {
    expect(await resolver.resolve('local.example')).toEqual(['10.9.9.9']);
    expect(questions).not.toContain('local.example');
  });

  it('finds nothing where there is nothing', async () => {
    expect(await resolver.resolve('absent.example')).toEqual([]);
  });

  it('S-08 trusts no half of an answer: the other half might hold the forbidden address', async () => {
    await expect(resolver.resolve('half.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});

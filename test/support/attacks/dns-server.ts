// The smallest name server that a resolver believes: A, AAAA and TXT of a few names, counted by question. A name with several answers is bound
// anew with each question.
import { createSocket, type Socket } from 'node:dgram';

export interface Zone {
  readonly [name: string]: { readonly a?: readonly string[]; readonly aaaa?: readonly string[]; readonly txt?: string };
}

const TYPE = { a: 1, txt: 16, aaaa: 28 } as const;
const NO_SUCH_NAME = 3;

export class DnsServer {
  readonly questions: string[] = [];

  private constructor(
    private readonly zone: Zone,
    private readonly socket: Socket,
    readonly port: number,
  ) {
    socket.on('message', (message, { port: to, address }) => socket.send(this.answer(message), to, address));
  }

  static async open(zone: Zone, address: string, port: number): Promise<DnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(port, address, resolve));
    return new DnsServer(zone, socket, socket.address().port);
  }

  close(): void {
    this.socket.close();
  }

  private answer(message: Buffer): Buffer {
    const { name, end } = nameAt(message, 12);
    const type = message.readUInt16BE(end);
    this.questions.push(name);
    const entry = this.zone[name];
    const records = entry === undefined ? [] : recordsOf(entry, type, this.questions.filter((question) => question === name).length);
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | (entry === undefined ? NO_SUCH_NAME : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    return Buffer.concat([header, message.subarray(12, end + 4), ...answers]);
  }
}

function recordsOf(entry: Zone[string], type: number, asked: number): readonly Buffer[] {
  if (type === TYPE.a) return chosen(entry.a, asked).map((address) => Buffer.from(address.split('.').map(Number)));
  if (type === TYPE.aaaa) return (entry.aaaa ?? []).map(bytesOfV6);
  return type === TYPE.txt && entry.txt !== undefined ? [Buffer.concat([Buffer.of(entry.txt.length), Buffer.from(entry.txt)])] : [];
}

function chosen(addresses: readonly string[] = [], asked: number): readonly string[] {
  const one = addresses[Math.min(asked, addresses.length) - 1];
  return one === undefined ? [] : [one];
}

function bytesOfV6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => parseInt(word, 16)));
  const middle = Array<number>(8 - words(head).length - words(tail).length).fill(0);
  const bytes = Buffer.alloc(16);
  [...words(head), ...middle, ...words(tail)].forEach((word, index) => bytes.writeUInt16BE(word, index * 2));
  return bytes;
}

function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

// What an attacker would like to reach, made of bait: files, variables, sockets, a neighbour. Everything is judged on this side: what changed
// on disk, what arrived at a listener, which signals came.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { EventEmitter } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { hostname, homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AUTHORITY, CERTIFICATE, KEY } from '../../../libs/security/src/egress/testing/certificates.js';
import { DnsServer, type Zone } from './dns-server.js';
import { addresses } from './private-network.js';

export const SECRET = 'canary-of-the-host-4b1d';
export const VARIABLE = 'KARI_ATTACK_CANARY';

const zone: Zone = {
  'declared.example': { a: [addresses.declared] },
  'undeclared.example': { a: [addresses.undeclared] },
  'metadata.example': { a: [addresses.metadata] },
  'loopback.example': { a: ['127.0.0.1'] },
  'loopback6.example': { aaaa: ['::1'] },
  'mixed.example': { a: [addresses.declared], aaaa: ['fd00:ec2::254'] },
  'rebound.example': { a: [addresses.declared, '127.0.0.1'] },
  'secret.example': { txt: 'told-by-dns' },
  [`${SECRET}.leak.example`]: { a: [addresses.declared] },
};

export class AttackStage {
  readonly folder: string;
  readonly dns: DnsServer | null;
  /** By local address and port, or by the name of the socket. */
  private arrivals: Record<string, number> = {};
  private readonly arrived = new EventEmitter();
  private signals = 0;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private tlsPort = 0;
  private count = 0;

  private constructor(folder: string, dns: DnsServer | null) {
    this.folder = folder;
    this.dns = dns;
  }

  /** `network`: whether the namespace is ours alone, so that port 80 and the resolver's port are free to take. */
  static async open(parent: string, network: boolean): Promise<AttackStage> {
    const folder = join(parent, 'bait');
    mkdirSync(folder);
    const stage = new AttackStage(folder, network ? await DnsServer.open(zone, '127.0.0.1', 53) : null);
    stage.layOut();
    await stage.listen(network);
    process.on('SIGUSR2', () => (stage.signals += 1));
    return stage;
  }

  /** What the technique gets to know, and a place on disk that it alone may touch. */
  next(more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    this.count += 1;
    this.tidy();
    const at = (name: string) => join(this.folder, name);
    writeFileSync(at('spare'), SECRET);
    chmodSync(at('spare'), 0o666);
    return {
      secret: SECRET,
      variable: VARIABLE,
      pid: process.pid,
      descriptor: this.descriptor,
      hostAddress: String(parseInt(readFileSync('/proc/self/maps', 'utf8').split('-')[0] ?? '0', 16)),
      hostname: hostname(),
      username: userInfo().username,
      home: homedir(),
      addresses: [addresses.metadata],
      hostSource: join(process.cwd(), 'package.json'),
      folder: this.folder,
      file: at('secret.txt'),
      link: at('link.txt'),
      module: at('secret.mjs'),
      moduleLink: at('link.mjs'),
      workerModule: at('worker.mjs'),
      json: at('secret.json'),
      commonjs: at('secret.cjs'),
      package: at('package'),
      mountPoint: at('mount'),
      spare: at('spare'),
      written: at(`written-${this.count}`),
      tmpFile: `/tmp/kari-attack-${process.pid}-${this.count}`,
      socketPath: at('socket'),
      abstractName: this.abstractName,
      port: this.port,
      portHex: this.port.toString(16).toUpperCase().padStart(4, '0'),
      tlsPort: this.tlsPort,
      dnsPort: this.dns?.port ?? 0,
      datagramPort: 9,
      inspectorPort: 9339,
      authority: AUTHORITY,
      ...more,
    };
  }

  /** Everything that was on its way to the web server has been counted: listeners take connections in the order in which they came. */
  async drained(): Promise<void> {
    const before = this.arrivals[this.ownArrival] ?? 0;
    const own = connect(this.port, '127.0.0.1');
    await new Promise((resolve) => this.arrived.once(this.ownArrival, resolve));
    own.destroy();
    // Others may have come before it; exactly one was ours.
    const counted = (this.arrivals[this.ownArrival] ?? 0) - 1;
    if (counted > before || before > 0) this.arrivals[this.ownArrival] = counted;
    else delete this.arrivals[this.ownArrival];
  }

  /** What has happened on this side since the last `next`. */
  evidence(target: Readonly<Record<string, unknown>>): readonly string[] {
    const seen: string[] = [];
    const spare = String(target['spare']);
    if (!existsSync(spare) || readFileSync(spare, 'utf8') !== SECRET || (statSync(spare).mode & 0o777) !== 0o666)
      seen.push('a file was changed');
    else if (statSync(spare).mtimeMs < 10_000) seen.push('a time was changed');
    const foreign = readdirSync(this.folder).filter((name) => !this.baits.has(name));
    if (foreign.length > 0) seen.push(`a file was made: ${foreign.join(' ')}`);
    if (existsSync(String(target['tmpFile']))) seen.push('a file was made in /tmp');
    if (this.signals > 0) seen.push(`${this.signals} signals`);
    for (const [where, count] of Object.entries(this.arrivals)) seen.push(`${count} at ${where}`);
    const asked = this.dns?.questions ?? [];
    if (asked.length > 0) seen.push(`the resolver was asked for ${[...new Set(asked)].join(' ')}`);
    rmSync(String(target['tmpFile']), { force: true });
    return seen;
  }

  async close(): Promise<void> {
    this.dns?.close();
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private get ownArrival(): string {
    return `127.0.0.1:${this.port}`;
  }

  private readonly abstractName = `kari-attack-${process.pid}`;
  private descriptor = 0;
  private readonly baits = new Set<string>(['spare']);

  private layOut(): void {
    const put = (name: string, content: string): void => {
      writeFileSync(join(this.folder, name), content);
      chmodSync(join(this.folder, name), 0o666);
    };
    put('secret.txt', SECRET);
    put('secret.mjs', `export default '${SECRET}';\n`);
    put('secret.cjs', `module.exports = '${SECRET}';\n`);
    put('secret.json', JSON.stringify(SECRET));
    put('worker.mjs', `(globalThis.postMessage ?? (await import('node:worker_threads')).parentPort.postMessage)('${SECRET}');\n`);
    for (const name of ['package', 'mount']) mkdirSync(join(this.folder, name));
    writeFileSync(join(this.folder, 'package', 'package.json'), JSON.stringify({ name: 'taken', main: '../secret.cjs' }));
    symlinkSync(join(this.folder, 'secret.txt'), join(this.folder, 'link.txt'));
    symlinkSync(join(this.folder, 'secret.mjs'), join(this.folder, 'link.mjs'));
    // Open to everyone: whatever is refused is not refused by the mode of a file.
    for (const name of ['.', 'package', 'mount']) chmodSync(join(this.folder, name), 0o777);
    this.descriptor = openSync(join(this.folder, 'secret.txt'), 'r');
    for (const name of [...readdirSync(this.folder), 'socket']) this.baits.add(name);
  }

  private async listen(network: boolean): Promise<void> {
    const hear = <T extends Server | HttpServer>(server: T, name?: string): T => {
      server.on('connection', (socket: Socket) => {
        const where = name ?? `${socket.localAddress?.replace('::ffff:', '')}:${socket.localPort}`;
        this.arrivals[where] = (this.arrivals[where] ?? 0) + 1;
        this.arrived.emit(where);
        this.sockets.add(socket);
        socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
      });
      this.servers.push(server);
      return server;
    };
    const open = (server: Server | HttpServer, at: { port: number; host: string } | { path: string }): Promise<number> =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(at, () => {
          const found = server.address();
          resolve(typeof found === 'string' || found === null ? 0 : found.port);
        });
      });
    const web = createHttpServer(serve);
    web.on('upgrade', (request, socket) => {
      socket.write(upgraded(request.headers['sec-websocket-key'] ?? ''));
    });
    this.port = await open(hear(web), network ? { port: 80, host: '::' } : { port: 0, host: '127.0.0.1' });
    this.tlsPort = await open(hear(createTlsServer({ cert: CERTIFICATE, key: KEY }, serve)), { port: 0, host: '127.0.0.1' });
    const path = join(this.folder, 'socket');
    await open(hear(createServer(), 'the socket'), { path });
    await open(hear(createServer(), 'the abstract socket'), { path: `\0${this.abstractName}` }).catch(() => undefined);
    chmodSync(path, 0o777);
  }

  private tidy(): void {
    for (const name of readdirSync(this.folder)) {
      if (!this.baits.has(name)) rmSync(join(this.folder, name), { recursive: true, force: true });
    }
    this.arrivals = {};
    this.signals = 0;
    if (this.dns !== null) this.dns.questions.length = 0;
  }
}

const serve: RequestListener = ({ url }, response) => {
  const to = { '/to-undeclared': 'http://undeclared.example/', '/to-metadata': `http://${addresses.metadata}/` }[url ?? ''];
  if (to !== undefined) response.writeHead(302, { location: to }).end();
  else if (url === '/events') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
  else if (url === '/worker.mjs') response.writeHead(200, { 'content-type': 'text/javascript' }).end(`postMessage('${SECRET}');`);
  else response.writeHead(200, { 'content-type': 'text/javascript' }).end(`export default '${SECRET}';`);
};

function upgraded(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

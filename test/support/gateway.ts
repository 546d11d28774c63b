// One address in front of a server that comes back elsewhere each time: what a service name is to a database in production.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Gateway {
  readonly port: number;
  /** Where connections lead from now on; null refuses them. */
  leadTo(port: number | null): void;
  close(): Promise<void>;
}

export async function openGateway(): Promise<Gateway> {
  let target: number | null = null;
  const open = new Set<Socket>();
  const server = createServer((inward) => {
    if (target === null) return void inward.resetAndDestroy();
    const outward = connect(target, '127.0.0.1');
    join(inward, outward);
    join(outward, inward);
  });
  function join(from: Socket, to: Socket): void {
    open.add(from);
    from.setNoDelay(true);
    from.pipe(to);
    // The end of one is the end of the other, however it came.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => {
      target = port;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

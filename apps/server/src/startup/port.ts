// Whether the port can be had, asked before anything slow is started.
import { createServer } from 'node:net';
import { StartRefused } from './refusal.js';

export async function refuseBusyPort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(refusalOf(error, host, port)));
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
}

function refusalOf(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const place = `${host}:${port}`;
  if (error.code === 'EADDRINUSE')
    return new StartRefused(`Port ${port} on ${host} is taken`, 'Stop the other program, or choose another with KARI_PORT.');
  if (error.code === 'EACCES') return new StartRefused(`This user may not listen on ${place}`, 'Choose a port above 1023 with KARI_PORT.');
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new StartRefused(`${host} is no address of this machine`, 'Choose one with KARI_HOST, for instance 127.0.0.1.');
  }
  return error;
}

// A host outside the platform, on this machine: it answers what a test tells it to, and keeps what it was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answering = (asked: Asked, response: ServerResponse) => void;

export interface OutsideHost {
  readonly origin: string;
  readonly port: number;
  readonly asked: Asked[];
  /** TCP connections taken: what was blocked left none. */
  connections: number;
  answer: Answering;
  stop(): Promise<void>;
}

export async function startOutsideHost(answer: Answering = (_, response) => json(response, {})): Promise<OutsideHost> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      asked.push(one);
      host.answer(one, response);
    });
  });
  server.on('connection', () => (host.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host: OutsideHost = {
    origin: `http://127.0.0.1:${port}`,
    port,
    asked,
    connections: 0,
    answer,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return host;
}

export function json(response: ServerResponse, value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

// HTTP as bytes: for what a client library would correct before it is sent.
import { connect } from 'node:net';

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends the bytes as they are and reads until the other side closes, or has answered so many times. */
export function sendRaw(url: string, bytes: string | Buffer, answers = 1, withinMs = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within ${withinMs} ms; so far: ${text.slice(0, 500)}`));
    }, withinMs);
    const settle = () => {
      clearTimeout(late);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (wholeAnswers(text) >= answers) settle();
    });
    socket.on('close', settle);
    // A reset after the answer is an answer, too.
    socket.on('error', settle);
    socket.write(bytes);
  });
}

function wholeAnswers(text: string): number {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, Math.max(0, end)))?.[1];
  if (end < 0 || length === undefined) return 0;
  const next = end + 4 + Number(length);
  return text.length < next ? 0 : 1 + wholeAnswers(text.slice(next));
}

export function requestBytes(line: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join('')}\r\n${body}`;
}

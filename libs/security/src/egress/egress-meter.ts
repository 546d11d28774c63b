// Counts at the socket, per tenant and extension, so that a server's own count can be held against it; and the quota that follows from it.
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, rejected, type Clock } from '@kari/kernel';

export interface EgressCount {
  /** Connections asked for, opened or not. */
  readonly connects: number;
  readonly requests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface Consumer {
  readonly tenant: string;
  readonly extension: string;
}

const REQUESTS_PER_MINUTE = 600;
const BYTES_PER_HOUR = 256 * 1024 * 1024;
const MINUTE = 60_000;
const HOUR = 3_600_000;

interface Book {
  connects: number;
  requests: number;
  /** Of closed sockets. */
  sent: number;
  received: number;
  readonly open: Set<Socket>;
  minute: { start: number; requests: number };
  hour: { start: number; bytesBefore: number };
}

@Injectable()
export class EgressMeter {
  private readonly books = new Map<string, Book>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  count(consumer: Consumer): EgressCount {
    const book = this.bookOf(consumer);
    return { connects: book.connects, requests: book.requests, ...bytesOf(book) };
  }

  ofTenant(tenant: string): readonly (EgressCount & { readonly extension: string })[] {
    return [...this.books.keys()]
      .map((key) => key.split(' '))
      .filter(([owner]) => owner === tenant)
      .map(([, extension = '']) => ({ extension, ...this.count({ tenant, extension }) }));
  }

  connecting(consumer: Consumer): void {
    this.bookOf(consumer).connects += 1;
  }

  connected(consumer: Consumer, socket: Socket): void {
    const book = this.bookOf(consumer);
    book.open.add(socket);
    socket.once('close', () => {
      book.open.delete(socket);
      book.sent += socket.bytesWritten;
      book.received += socket.bytesRead;
    });
  }

  /** Counts one request, or throws SECURITY_EGRESS_QUOTA before anything has left. */
  admit(consumer: Consumer): void {
    const book = this.bookOf(consumer);
    const now = this.clock.monotonic();
    if (now - book.minute.start >= MINUTE) book.minute = { start: now, requests: 0 };
    const { bytesSent, bytesReceived } = bytesOf(book);
    if (now - book.hour.start >= HOUR) book.hour = { start: now, bytesBefore: bytesSent + bytesReceived };
    const bytes = bytesSent + bytesReceived - book.hour.bytesBefore;
    const { extension } = consumer;
    if (book.minute.requests >= REQUESTS_PER_MINUTE) {
      throw rejected('SECURITY_EGRESS_QUOTA', {
        extension,
        what: 'calls',
        used: book.minute.requests,
        limit: REQUESTS_PER_MINUTE,
        window: 'a minute',
      });
    }
    if (bytes >= BYTES_PER_HOUR) {
      throw rejected('SECURITY_EGRESS_QUOTA', { extension, what: 'bytes', used: bytes, limit: BYTES_PER_HOUR, window: 'an hour' });
    }
    book.minute.requests += 1;
    book.requests += 1;
  }

  private bookOf({ tenant, extension }: Consumer): Book {
    const key = `${tenant} ${extension}`;
    const known = this.books.get(key);
    if (known !== undefined) return known;
    const now = this.clock.monotonic();
    const book: Book = {
      connects: 0,
      requests: 0,
      sent: 0,
      received: 0,
      open: new Set(),
      minute: { start: now, requests: 0 },
      hour: { start: now, bytesBefore: 0 },
    };
    this.books.set(key, book);
    return book;
  }
}

function bytesOf(book: Book): { bytesSent: number; bytesReceived: number } {
  let bytesSent = book.sent;
  let bytesReceived = book.received;
  for (const socket of book.open) {
    bytesSent += socket.bytesWritten;
    bytesReceived += socket.bytesRead;
  }
  return { bytesSent, bytesReceived };
}

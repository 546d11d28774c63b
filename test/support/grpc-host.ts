// A gRPC host outside the platform, on this machine: the server that others run, which keeps what it was asked.
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

export const BOOKS_PROTO = `
  syntax = "proto3";
  package library.v1;
  message Find { string title = 1; int64 shelf = 2; }
  message Book { string title = 1; int64 pages = 2; repeated string authors = 3; string asked_by = 4; }
  service Books { rpc FindOne (Find) returns (Book); rpc Watch (Find) returns (stream Book); }`;

export interface GrpcHost {
  readonly port: number;
  readonly asked: { readonly message: Record<string, unknown>; readonly metadata: Readonly<Record<string, unknown>> }[];
  /** What it answers; a number is the state of a refusal, and never means that it does not. */
  answer: object | number | 'never';
  stop(): Promise<void>;
}

export async function startGrpcHost(): Promise<GrpcHost> {
  const { root } = protobuf.parse(BOOKS_PROTO, new protobuf.Root());
  const [find, book] = [root.lookupType('library.v1.Find'), root.lookupType('library.v1.Book')];
  const server = new Server();
  const findOne = {
    path: '/library.v1.Books/FindOne',
    requestStream: false,
    responseStream: false,
    requestDeserialize: (bytes: Buffer) => find.toObject(find.decode(bytes), { longs: String }),
    requestSerialize: (value: object) => Buffer.from(find.encode(find.fromObject(value)).finish()),
    responseDeserialize: (bytes: Buffer) => book.toObject(book.decode(bytes)),
    responseSerialize: (value: object) => Buffer.from(book.encode(book.fromObject(value)).finish()),
  };
  server.addService(
    { findOne },
    {
      findOne: ({ request, metadata }: ServerUnaryCall<Record<string, unknown>, object>, answer: sendUnaryData<object>) => {
        host.asked.push({ message: request, metadata: metadata.getMap() });
        if (host.answer === 'never') return;
        if (typeof host.answer === 'number') answer({ code: host.answer, details: `state ${status[host.answer]}` });
        else answer(null, host.answer);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const host: GrpcHost = { port, asked: [], answer: {}, stop: () => Promise.resolve(server.forceShutdown()) };
  return host;
}

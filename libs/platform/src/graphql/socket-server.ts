// GraphQL over WebSocket (graphql-transport-ws) on the path of GraphQL over HTTP. The protocol is graphql-ws's; opening, proving, bounding and closing are ours.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { rejected, type Ids, type Random, type Timers } from '@kari/kernel';
import { asRejection, textsOf, type Authentication } from '@kari/platform/http';
import { currentScope, inScope, type Logger } from '@kari/platform/telemetry';
import { getOperationAST, GraphQLError, type ExecutionArgs, type FormattedExecutionResult, type GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer, type Context, type ExecutionResult, type WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { GraphqlContext } from './caller.js';
import { checkDocument } from './document-check.js';
import type { DocumentLimits } from './document-limits.js';
import type { SocketSettings } from './graphql-settings.js';
import type { OperationRates } from './operation-rates.js';
import type { SessionDoubt } from './session-guard.port.js';
import { closeCodes, SocketSession, type SessionEnd } from './socket-session.js';
import { originRefusal, refuseUpgrade } from './socket-upgrade.js';
import { refusalError, type WireErrors } from './wire-errors.js';

export interface SocketServerParts {
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly authentication: Authentication;
  readonly errors: WireErrors;
  readonly rates: OperationRates;
  readonly limits: DocumentLimits;
  readonly settings: SocketSettings;
  readonly allowedOrigins: readonly string[];
  readonly ids: Ids;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
}

const CONFIRMED_AT_ONCE = 16;

interface Open {
  readonly socket: WebSocket;
  readonly session: SocketSession;
  answered: boolean;
}

export class SocketServer {
  private readonly sockets: WebSocketServer;
  private readonly open = new Set<Open>();
  /** Sockets whose credentials are to be proved again. */
  private readonly doubted = new Set<Open>();
  private confirming: Promise<void> | null = null;
  private readonly protocol: ReturnType<typeof makeServer<Record<string, unknown>, Open>>;
  private readonly rounds: readonly { cancel(): void }[];
  private closing = false;
  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => this.upgrade(request, socket, head);

  constructor(
    private readonly server: Server,
    private readonly parts: SocketServerParts,
  ) {
    const { settings, timers } = parts;
    this.sockets = new WebSocketServer({ noServer: true, maxPayload: settings.messageBytes, perMessageDeflate: false, handleProtocols });
    this.protocol = makeServer<Record<string, unknown>, Open>({
      connectionInitWaitTimeout: settings.initWithinMilliseconds,
      onConnect: (context) => this.connect(context),
      onSubscribe: (context, _id, payload) => this.prepare(context, payload),
      onNext: (_context, _id, _payload, _args, result) => this.presented(result),
      onError: (_context, _id, _payload, errors) => errors.map((error) => parts.errors.format(error)),
    });
    this.rounds = [
      timers.every(settings.pingMilliseconds, () => this.ping()),
      timers.every(settings.confirmMilliseconds, () => this.doubt({})),
    ];
    server.on('upgrade', this.onUpgrade);
  }

  /** Sockets at hand, for the process's own figures. */
  get size(): number {
    return this.open.size;
  }

  /** Proves the sockets in doubt again and closes those it cannot prove. */
  doubt(doubt: SessionDoubt): void {
    for (const one of this.open) {
      const { caller } = one.session;
      if (caller === null) continue;
      if (doubt.tenant !== undefined && doubt.tenant !== caller.tenant) continue;
      if (doubt.principal !== undefined && doubt.principal !== caller.principal.id) continue;
      this.doubted.add(one);
    }
    this.confirmSoon();
  }

  /** Tells every client to come back elsewhere or later, and resolves when all sockets are closed; who does not close within the grace is cut. */
  async close(graceMilliseconds = 2_000): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.server.off('upgrade', this.onUpgrade);
    for (const round of this.rounds) round.cancel();
    const closed = [...this.open].map(({ socket }) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const { socket } of this.open) socket.close(closeCodes.goingAway, 'going away');
    const cut = this.parts.timers.after(graceMilliseconds, () => {
      for (const { socket } of this.open) socket.terminate();
    });
    await Promise.all(closed);
    cut.cancel();
    this.sockets.close();
  }

  private confirmSoon(): void {
    this.confirming ??= this.confirmDoubted().finally(() => {
      this.confirming = null;
      // Doubts that came while the last of the others were settled.
      if (this.doubted.size > 0) this.confirmSoon();
    });
  }

  // A few at a time: ten thousand sockets must not ask for their credentials in one breath.
  private async confirmDoubted(): Promise<void> {
    const worker = async (): Promise<void> => {
      for (const one of this.doubted) {
        this.doubted.delete(one);
        const end = await one.session.confirm();
        if (end !== null) this.end(one, end);
      }
    };
    await Promise.all(Array.from({ length: CONFIRMED_AT_ONCE }, worker));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url?.split('?', 1)[0];
    if (path !== this.parts.path) {
      // Somebody else's, if there is somebody else.
      if (this.server.listenerCount('upgrade') === 1)
        refuseUpgrade(socket, rejected('REQUEST_NOT_FOUND', { thing: 'page', id: 'at this address' }));
      return;
    }
    socket.on('error', () => socket.destroy());
    const origin = originRefusal(request, this.parts.allowedOrigins);
    if (origin !== null) return refuseUpgrade(socket, origin);
    if (this.open.size >= this.parts.settings.sockets) {
      return refuseUpgrade(socket, rejected('REQUEST_UNAVAILABLE', { reason: 'too many sockets are open' }));
    }
    this.sockets.handleUpgrade(request, socket, head, (opened) => this.opened(opened, request));
  }

  private opened(socket: WebSocket, request: IncomingMessage): void {
    const { authentication, ids, random } = this.parts;
    const one: Open = { socket, session: new SocketSession(request, authentication, ids, random, this.parts.logger), answered: true };
    this.open.add(one);
    socket.on('pong', () => (one.answered = true));
    socket.on('error', (error) => {
      // Frames against the protocol and oversized messages: ws closes by itself with the right code.
      this.parts.logger.debug({ error }, 'a socket failed');
    });
    const closed = this.protocol.opened(this.protocolSocket(one), one);
    socket.once('close', (code, reason) => {
      this.open.delete(one);
      this.doubted.delete(one);
      closed(code, reason.toString()).catch((error: unknown) => this.parts.logger.warn({ error }, 'a socket closed in disorder'));
    });
  }

  private protocolSocket(one: Open): ProtocolSocket {
    const { socket, session } = one;
    return {
      protocol: socket.protocol,
      send: (data) => this.send(one, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => {
        socket.on('message', (data, binary) => {
          if (binary) return socket.close(closeCodes.badRequest, 'Binary messages are not read here');
          const text = textOf(data);
          // Each message is a request of its own in log and audit trail; the trace is the socket's.
          const scope = { ...session.scope, correlationId: this.parts.ids.next(), inputs: () => textsOf(parsed(text)) };
          void inScope(scope, () => handle(text)).catch((error: unknown) => {
            this.parts.logger.error({ error }, 'a message of a socket failed');
            socket.close(closeCodes.failed, 'REQUEST_FAILED');
          });
        });
      },
    };
  }

  // Resolves when the system has taken the data: the next event is pulled only then. What still piles up is bounded here.
  private send({ socket }: Open, data: string): Promise<void> {
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    if (socket.bufferedAmount > this.parts.settings.bufferBytes) {
      // A close frame would wait behind what the client does not read.
      socket.terminate();
      return Promise.resolve();
    }
    // A connection that broke ends with its own close event.
    return new Promise((resolve) => socket.send(data, () => resolve()));
  }

  private async connect(context: Context<Record<string, unknown>, Open>): Promise<boolean> {
    const one = context.extra;
    const end = await one.session.open(context.connectionParams);
    if (end === null) return true;
    this.end(one, end);
    return false;
  }

  private async prepare(
    context: Context<Record<string, unknown>, Open>,
    payload: { readonly query?: unknown; readonly operationName?: unknown; readonly variables?: unknown },
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { session } = context.extra;
    const { caller } = session;
    if (caller === null) return [refusalError(rejected('REQUEST_UNAUTHENTICATED', { reason: 'the session has ended' }))];
    if (Object.keys(context.subscriptions).length > this.parts.settings.operations) {
      return [refusalError(rejected('REQUEST_LIMIT', { reason: `${this.parts.settings.operations} operations at once on one socket` }))];
    }
    const request = documentRequest(payload);
    if (request === null) return [refusalError(rejected('REQUEST_MALFORMED', { reason: 'the payload is no GraphQL request' }))];
    const checked = checkDocument(this.parts.schema, request, this.parts.limits);
    if (!checked.ok) return checked.errors;
    const asking = { ...caller, correlationId: currentScope()?.correlationId ?? caller.correlationId };
    const { document, operationName } = checked.args;
    const operation = getOperationAST(document, operationName) ?? null;
    const refused = operation === null ? null : await refusalOf(this.parts.rates.admit(asking, document, operation));
    if (refused !== null) return [refused];
    const contextValue: GraphqlContext = { caller: asking, current: () => session.caller ?? asking };
    return { ...checked.args, contextValue };
  }

  private presented(result: ExecutionResult): FormattedExecutionResult {
    const { data, errors, extensions } = result;
    return {
      ...(errors === undefined ? {} : { errors: errors.map((error) => this.parts.errors.format(error)) }),
      ...(data === undefined ? {} : { data }),
      ...(extensions === undefined ? {} : { extensions }),
    };
  }

  private end({ socket }: Open, { code, reason }: SessionEnd): void {
    socket.close(code, reason);
    this.parts.timers.after(1_000, () => socket.terminate());
  }

  private ping(): void {
    for (const one of this.open) {
      if (!one.answered) one.socket.terminate();
      else {
        one.answered = false;
        one.socket.ping();
      }
    }
  }
}

function refusalOf(admission: Promise<void>): Promise<GraphQLError | null> {
  return admission.then(
    () => null,
    (error: unknown) => (error instanceof GraphQLError ? error : refusalError(asRejection(error))),
  );
}

function documentRequest(payload: { readonly query?: unknown; readonly operationName?: unknown; readonly variables?: unknown }) {
  const { query, operationName, variables } = payload;
  if (typeof query !== 'string') return null;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== undefined && variables !== null && (typeof variables !== 'object' || Array.isArray(variables))) return null;
  return { query, operationName, variables: variables as Readonly<Record<string, unknown>> | null | undefined };
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data as Buffer).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

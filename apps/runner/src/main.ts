// The trusted program inside each sandbox: loads one extension by a dynamic import and speaks the protocol for it. It is trusted for the
// order of loading only; it shares its isolate with the extension, so the host believes nothing on its word.
import {
  BrokerError,
  isStreamMethod,
  LineReader,
  Peer,
  protocolVersion,
  Streams,
  type HostCalls,
  type InvokeParams,
  type LoadedExtension,
  type RunnerHost,
  type Start,
} from '@kari/protocol/broker';
import { swapConsole } from './console.js';
import { bundleUrl, exit, inspect, readInput, writeLog, writeOutput } from './engine.js';

swapConsole();

// The host bounds its own calls; a cap here would also count pings, and calls it has given up on.
const peer = new Peer({ send: writeOutput, onCall: serve, onNotification: hear, inFlight: Infinity });
const streams = new Streams('extension', (method, params) => peer.notify(method, params));
let extension: LoadedExtension | null = null;
let invocations = 0;
let idle: (() => void) | null = null;

async function serve(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
  switch (method) {
    case 'ping':
      return {};
    case 'load':
      return load(params as HostCalls['load']['params']);
    case 'invoke':
      return invoke(params as InvokeParams, signal);
    case 'shutdown':
      return shutdown();
    default:
      throw new BrokerError('INVALID', `The runner has no method ${method}.`);
  }
}

function hear(method: string, params: unknown): void {
  if (isStreamMethod(method)) streams.receive(method, params);
}

async function load(params: HostCalls['load']['params']): Promise<HostCalls['load']['result']> {
  if (params.protocol !== protocolVersion) {
    throw new BrokerError('PROTOCOL', `The runner speaks protocol ${protocolVersion}, the host ${params.protocol}.`);
  }
  try {
    // A literal here would make the bundle part of the entry graph, whose static imports no permission flag checks.
    const bundle = (await import(bundleUrl)) as { readonly start?: Start };
    if (typeof bundle.start !== 'function') throw new TypeError('the bundle does not export start()');
    extension = await bundle.start(hostFor(params));
  } catch (error) {
    writeLog(new TextEncoder().encode(`<3>${inspect(error).replace(/\n/g, '\n<3>')}\n`));
    throw new BrokerError('CRASHED', error instanceof Error ? error.message : String(error));
  }
  return { protocol: protocolVersion, handlers: [...extension.handlers] };
}

function hostFor(params: HostCalls['load']['params']): RunnerHost {
  return {
    protocol: protocolVersion,
    extension: params.extension,
    config: params.config,
    assets: new URL('../a/', bundleUrl).href,
    call: (method, request, options = {}) => peer.call(method, envelope(request, options.invocation), options.signal),
    notify: (method, request, options = {}) => peer.notify(method, envelope(request, options.invocation)),
    streams: { open: () => streams.open(), read: (id) => streams.read(id) },
  };
}

function envelope(request: unknown, invocation: string | undefined): unknown {
  return invocation === undefined ? { request } : { invocation, request };
}

async function invoke(params: InvokeParams, signal: AbortSignal): Promise<unknown> {
  if (extension === null) throw new BrokerError('UNAVAILABLE', 'The extension is not loaded.');
  invocations += 1;
  try {
    return await extension.invoke(params.handler, params.input, params.context, signal);
  } finally {
    invocations -= 1;
    if (invocations === 0) idle?.();
  }
}

/** Lets what runs finish, answers, and leaves; the host kills whoever takes longer than its grace. */
async function shutdown(): Promise<HostCalls['shutdown']['result']> {
  if (invocations > 0) await new Promise<void>((resolve) => (idle = resolve));
  setTimeout(() => exit(0), 0);
  return {};
}

const lines = new LineReader();
await readInput((chunk) => {
  for (const line of lines.push(chunk)) peer.receive(line);
});
exit(0);

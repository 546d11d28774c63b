// The public API of the running server, for the scripts that tour it: GraphQL over HTTP and graphql-ws, nothing else.
// KARI_URL and KARI_TOKEN choose another server than the one of this checkout.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const data = process.env.KARI_DATA_DIR ?? '.data';
const STEP_MS = 30_000;
const { url, token } = reach();
const sockets = [];

export async function closeSockets() {
  await Promise.all(sockets.map((socket) => socket.dispose()));
}

export function caller(tenant, bearer = token) {
  return async (query, variables = {}) => {
    const { data: answer, errors } = await post(tenant, bearer, query, variables);
    if (errors !== undefined) throw new Error(`${errors[0].extensions?.code}: ${errors[0].message}`);
    return answer;
  };
}

export async function refused(ask, query, variables) {
  try {
    await ask(query, variables);
  } catch (error) {
    const [code, ...message] = error.message.split(': ');
    return { code, message: message.join(': ') };
  }
  throw new Error('a call that must be refused was allowed');
}

async function post(tenant, bearer, query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, 'kari-tenant': tenant },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Everything that a subscription with one field says, from `variables.after` on. */
export function watch(tenant, query, variables = {}) {
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}`, tenant },
  });
  sockets.push(socket);
  let events = [];
  let wake = () => undefined;
  let failure = null;
  void (async () => {
    try {
      for await (const { data: message, errors } of socket.iterate({ query, variables })) {
        if (errors !== undefined) throw new Error(errors[0].message);
        events.push(...Object.values(message));
        wake();
      }
    } catch (error) {
      failure = error;
      wake();
    }
  })();
  return {
    clear: () => (events = []),
    until: async (matches, what) => {
      const deadline = performance.now() + STEP_MS;
      for (;;) {
        const found = events.find(matches);
        if (found !== undefined) return found;
        if (failure !== null) throw failure;
        const left = deadline - performance.now();
        if (left <= 0) throw new Error(`waited in vain for ${what}`);
        await new Promise((done) => {
          const timer = setTimeout(done, left);
          wake = () => {
            clearTimeout(timer);
            done();
          };
        });
      }
    },
  };
}

export async function eventually(work) {
  const deadline = performance.now() + STEP_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

function reach() {
  try {
    return {
      url: process.env.KARI_URL ?? JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')).url,
      token: process.env.KARI_TOKEN ?? readFileSync(join(data, 'admin-token'), 'utf8').trim(),
    };
  } catch {
    console.error(`No running server is known in ${data}. Start one with "npm start", or set KARI_URL and KARI_TOKEN.`);
    process.exit(2);
  }
}

export function title(text) {
  console.log(`\n${text}`);
}

export function say(text) {
  console.log(`  ${text}`);
}

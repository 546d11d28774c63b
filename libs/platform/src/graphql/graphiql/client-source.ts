// The page's own script: GraphiQL with this server as its only counterpart. Runs in the browser, so it is kept as text and bundled with its packages.
// The credential is what the user types into the "Headers" pane; a subscription carries the same headers in its `connection_init`.
export const clientSource = `
import { createClient } from 'graphql-ws';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/graphiql.css';

const endpoint = new URL('/graphql', location.href);
const socketEndpoint = new URL(endpoint);
socketEndpoint.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';

const isSubscription = (query, name) =>
  new RegExp('^\\\\s*subscription\\\\b' + (name ? '\\\\s+' + name + '\\\\b' : ''), 'm').test(query.replace(/#[^\\n]*/g, ''));

async function fetcher({ query, variables, operationName }, { headers = {} } = {}) {
  if (isSubscription(query, operationName)) {
    const client = createClient({ url: socketEndpoint.href, connectionParams: headers, retryAttempts: 0 });
    return client.iterate({ query, variables, operationName });
  }
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables, operationName }),
  });
  return response.json();
}

createRoot(document.getElementById('graphiql')).render(
  createElement(GraphiQL, {
    fetcher,
    defaultHeaders: JSON.stringify({ Authorization: 'Bearer <token>', 'Kari-Tenant': 'demo' }, null, 2),
    defaultQuery: '# Put your token into "Headers" below, then re-fetch the schema.\\n\\n{\\n  __schema {\\n    queryType { name }\\n  }\\n}\\n',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
`;

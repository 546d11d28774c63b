// The page itself, its script and its style: a few kilobytes of our own, from this server alone. Everything that an extension wrote is put in as
// text, never as markup; the token stays in its field.
export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Kari: HTTP APIs of extensions</title>
<link rel="stylesheet" href="/ext/docs/docs.css">
<main>
<h1>HTTP APIs of extensions</h1>
<div id="who">
  <label>Tenant <input id="tenant" value="demo" autocomplete="off" spellcheck="false"></label>
  <label>Token <input id="token" type="password" autocomplete="off"></label>
  <button id="show" type="button">Show</button>
</div>
<p id="said" role="status"></p>
<div id="routes"></div>
</main>
<script type="module" src="/ext/docs/docs.js"></script>
</html>
`;

export const docsStyle = `:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
label { display: inline-block; margin: 0 1rem .5rem 0 }
input, textarea, button { font: inherit }
textarea { box-sizing: border-box; display: block; width: 100%; min-height: 6rem; font-family: ui-monospace, monospace }
details { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; margin: .5rem 0; padding: .5rem 1rem }
summary { cursor: pointer }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { overflow: auto; max-height: 24rem; background: color-mix(in srgb, currentColor 6%, transparent); padding: .75rem; border-radius: 4px }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600 }
.bad { color: #b3261e }
@media (prefers-color-scheme: dark) { .bad { color: #ff8a80 } }
`;

export const docsScript = `const field = (id) => document.getElementById(id);
const credentials = () => ({ authorization: 'Bearer ' + field('token').value.trim(), 'kari-tenant': field('tenant').value.trim() });

function element(name, content = [], properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  for (const part of [content].flat()) made.append(part);
  return made;
}

const json = (value) => element('pre', JSON.stringify(value, null, 2));

function say(text, bad = false) {
  field('said').textContent = text;
  field('said').className = bad ? 'bad' : '';
}

async function show() {
  field('routes').replaceChildren();
  say('Asking ...');
  try {
    const response = await fetch('/ext/openapi.json', { headers: credentials() });
    const answer = await response.json();
    if (!response.ok) return say(answer.detail + ' ' + (answer.next ?? ''), true);
    const operations = operationsOf(answer);
    say(operations.length === 0 ? 'No extension answers anything here that you may call.' : answer.info.title);
    for (const { name, description } of answer.tags) {
      const own = operations.filter(({ operation }) => operation.tags.includes(name));
      field('routes').append(element('h2', name), element('p', description), ...own.map((found) => routeOf(found, answer)));
    }
  } catch (error) {
    say(String(error), true);
  }
}

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

// With its references written out, so that nobody has to look for them: schemas of extensions have no circles.
function whole(node, document) {
  if (Array.isArray(node)) return node.map((item) => whole(item, document));
  if (typeof node !== 'object' || node === null) return node;
  const found = typeof node.$ref === 'string' ? /^#\\/components\\/(\\w+)\\/(.+)$/.exec(node.$ref) : null;
  if (found !== null) return whole(document.components[found[1]][found[2]], document);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, whole(value, document)]));
}

function routeOf({ path, method, operation }, document) {
  const { parameters = [], requestBody, responses } = operation;
  const rate = operation['x-kari-rate'];
  const inputs = parameters.map((parameter) => ({
    parameter,
    input: element('input', [], { autocomplete: 'off', spellcheck: false, ariaLabel: parameter.name }),
  }));
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const body = type === undefined ? null : element('textarea', [], { spellcheck: false, ariaLabel: 'Body' });
  const [answerType, answer] = Object.entries(responses['2XX'].content)[0];
  const result = element('div');
  const send = element('button', 'Send', { type: 'button' });
  send.addEventListener('click', () => void tryOut({ path, method, inputs, body, type, result }));
  return element('details', [
    element('summary', [element('span', method, { className: 'method' }), element('code', path), ' ', operation.summary]),
    element('p', [
      operation['x-kari-right'] === undefined ? 'For every member of the tenant' : 'Needs the right ' + operation['x-kari-right'],
      operation.security === undefined ? '' : ', and for callers without an account',
      '; ' + rate.requests + ' in ' + rate.seconds + ' s for each ' + rate.per + '.',
    ]),
    ...(parameters.length === 0 ? [] : [element('h3', 'Parameters'), json(whole(parameters.map(({ name, schema }) => ({ name, schema })), document))]),
    ...inputs.map(({ parameter, input }) =>
      element('label', [parameter.in + ' ', element('code', parameter.name), parameter.required ? ' * ' : ' ', input]),
    ),
    ...(body === null ? [] : [element('h3', 'Body: ' + type), json(whole(content.schema ?? true, document)), body]),
    element('h3', 'Answer: ' + answerType),
    json(whole(answer.schema ?? true, document)),
    send,
    result,
  ]);
}

async function tryOut({ path, method, inputs, body, type, result }) {
  result.replaceChildren('Asking ...');
  try {
    const valuesIn = (place) => inputs.filter(({ parameter, input }) => parameter.in === place && input.value !== '');
    let target = path;
    for (const { parameter, input } of valuesIn('path')) target = target.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
    const query = new URLSearchParams(valuesIn('query').map(({ parameter, input }) => [parameter.name, input.value]));
    const headers = Object.fromEntries(valuesIn('header').map(({ parameter, input }) => [parameter.name, input.value]));
    const response = await fetch(target + (query.size > 0 ? '?' + query : ''), {
      method,
      headers: { ...headers, ...credentials(), ...(body === null ? {} : { 'content-type': type }) },
      ...(body === null ? {} : { body: body.value }),
    });
    const text = await response.text();
    const shown = [...response.headers].map(([name, value]) => name + ': ' + value).join('\\n');
    result.replaceChildren(element('h3', response.status + ' ' + response.statusText), element('pre', shown), element('pre', text.slice(0, 100000)));
  } catch (error) {
    result.replaceChildren(element('p', String(error), { className: 'bad' }));
  }
}

field('show').addEventListener('click', () => void show());
field('who').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') void show();
});
`;

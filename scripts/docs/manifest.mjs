// `docs/reference/manifest.md`: every key of extension.json, from the one schema that judges it.
import { readFileSync } from 'node:fs';

const file = 'libs/protocol/src/manifest/extension.schema.json';

export async function manifestPage() {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const lines = [
    '# The manifest: `extension.json`',
    '',
    `Made from [\`${file}\`](../../${file}) by \`npm run docs\`: change it there. Point \`$schema\` of your manifest at that file, and your editor completes and checks while you type.`,
    '',
    schema.description,
    '',
    'Unknown keys are refused everywhere. Required keys are marked with *. What the shape cannot say is checked too: names that are referred to must be declared, permissions must match what the manifest says the code does, JSON Schemas must lie in the [closed profile](#json-schemas).',
    '',
  ];
  for (const [name, property] of Object.entries(schema.properties)) {
    lines.push(`## \`${name}\`${schema.required.includes(name) ? ' *' : ''}`, '', describe(schema, property), '');
    const rows = rowsOf(schema, property, '');
    if (rows.length > 0) lines.push('| key | kind | meaning |', '|---|---|---|', ...rows, '');
  }
  lines.push(
    '## JSON Schemas',
    '',
    `Schemas of your own (${['config', 'input', 'output', 'details', 'schema'].map((name) => `\`${name}\``).join(', ')} and the like) are JSON Schema 2020-12 in a closed profile, because they are run inside the platform:`,
    '',
    '- references go to `#/$defs/<name>` only, and never in a circle; no `$id`, `$anchor`, `$dynamicRef`;',
    '- `pattern` runs on a linear-time engine: no look-ahead, look-behind or back-references, at most 512 characters;',
    '- known formats only: date, time, date-time, duration, email, hostname, ipv4, ipv6, uri, uuid, json-pointer, cron, time-zone, secret-handle, secret-ref;',
    '- at most 64 KiB, 32 levels, 1,000 subschemas, and 5,000 with every reference written out;',
    '- an unknown keyword is refused: a misspelt one would check nothing.',
    '',
  );
  return lines.join('\n');
}

function rowsOf(schema, node, prefix) {
  const target = resolved(schema, node);
  const rows = [];
  for (const [name, property] of Object.entries(target.properties ?? {})) {
    const key = `${prefix}${name}`;
    rows.push(
      `| \`${key}\`${(target.required ?? []).includes(name) ? ' *' : ''} | ${kindOf(schema, property)} | ${describe(schema, property)} |`,
    );
    rows.push(...rowsOf(schema, property, `${key}.`));
  }
  if (typeof target.additionalProperties === 'object') rows.push(...rowsOf(schema, target.additionalProperties, `${prefix}<name>.`));
  if (target.items !== undefined) rows.push(...rowsOf(schema, target.items, `${prefix.replace(/\.$/, '')}[].`));
  return rows;
}

function resolved(schema, node) {
  return node.$ref === undefined ? node : { ...schema.$defs[node.$ref.slice('#/$defs/'.length)], description: node.description };
}

function describe(schema, node) {
  const words = (node.description ?? resolved(schema, node).description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
  const allowed = resolved(schema, node).enum;
  return allowed === undefined ? words : `${words} One of ${allowed.map((value) => `\`${value}\``).join(', ')}.`;
}

function kindOf(schema, node) {
  const target = resolved(schema, node);
  if (node.$ref === '#/$defs/foreignSchema') return 'JSON Schema';
  if (target.type === 'array') return `list of ${kindOf(schema, target.items)}`;
  if (target.type === 'object' && typeof target.additionalProperties === 'object') return 'object by name';
  if (target.enum !== undefined) return 'text';
  return [target.type ?? 'any']
    .flat()
    .map((type) => (type === 'string' ? 'text' : type))
    .join(' or ');
}

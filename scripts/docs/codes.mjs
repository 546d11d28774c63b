// The catalogue of refusals as a page.
export async function codesPage() {
  const { codes, forms } = await import('../../dist/libs/protocol/src/index.js');
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { kind, message, next }]) => `| \`${code}\` | ${kind} | ${forms[kind].http} | ${cell(message)} | ${cell(next)} |`);
  return [
    '# Codes',
    '',
    'Every refusal carries one of these. GraphQL: `errors[].extensions.code`, `.kind`, `.next`; HTTP: the status; `{words in braces}` are filled with facts.',
    '',
    '| code | kind | HTTP | what and why | what next |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const cell = (text) => text.replaceAll('|', '\\|');

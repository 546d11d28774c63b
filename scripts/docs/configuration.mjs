// Every setting of the server as a page.
export async function configurationPage() {
  const { describeConfig } = await import('../../dist/libs/platform/src/config/index.js');
  const settings = describeConfig();
  const rows = settings
    .filter(({ reserved }) => !reserved)
    .map(({ name, meaning, form, default: fallback, secret }) => {
      const standard = fallback === null ? 'unset' : `\`${fallback}\``;
      return `| \`${name}\` | ${cell(meaning)}${secret ? ' Secret: never printed.' : ''} | ${cell(form)} | ${standard} |`;
    });
  const reserved = settings.filter((setting) => setting.reserved).map(({ name }) => `\`${name}\``);
  return [
    '# Configuration',
    '',
    'Environment variables, read and checked once at start. Every fault is named at once and the server does not start; an unknown `KARI_*` is refused with the nearest known name; an empty value means unset.',
    '',
    '| name | what it decides | form | default |',
    '|---|---|---|---|',
    ...rows,
    '',
    `Reserved for a later release, and refused until then: ${reserved.join(', ')}.`,
    '',
  ].join('\n');
}

const cell = (text) => text.replaceAll('|', '\\|');

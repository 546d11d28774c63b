// text.template, text.match.
import { PluginError, definePlugin } from '@kari/sdk';
import { RE2JS } from 're2js';
import type { CoreTypes } from './extension.types.js';
import { fill, TemplateProblem } from './template.js';

export const template = definePlugin<CoreTypes, 'text.template'>(({ template: source, values, escape = 'none', missing = 'empty' }) => {
  try {
    return { text: fill(source, values, escape, missing) };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    throw new PluginError(error.kind, error.message, error.missing === undefined ? undefined : { name: error.missing });
  }
});

export const match = definePlugin<CoreTypes, 'text.match'>(({ text, pattern, ignoreCase = false, limit = 100 }) => {
  const matcher = compiled(pattern, ignoreCase).matcher(text);
  const names = Object.entries(matcher.namedGroups);
  const matches = [];
  while (matches.length < limit && matcher.find()) {
    const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1));
    matches.push({
      text: matcher.group() ?? '',
      index: matcher.start(),
      groups,
      named: Object.fromEntries(names.map(([name, index]) => [name, groups[index - 1] ?? null])),
    });
  }
  return { matches };
});

function compiled(pattern: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    throw new PluginError('PATTERN_INVALID', error instanceof Error ? error.message : String(error));
  }
}

// Text of a stranger, made safe to read on a terminal or in a line of a log.

/** Control and formatting characters (ANSI, line ends, bidirectional overrides) as their escapes, `\u{1b}`; tabs stay. */
export function visible(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

import { describe, expect, it } from '@jest/globals';
import { hiddenText, mixedAlphabets } from './hidden-text.rules.js';

const ranges: readonly (readonly [string, number, number])[] = [
  ['bidirectional controls', 0x202a, 0x202e],
  ['bidirectional isolates', 0x2066, 0x2069],
  ['zero width', 0x200b, 0x200d],
  ['word joiners and invisible operators', 0x2060, 0x2064],
  ['variation selectors', 0xfe00, 0xfe0f],
  ['more variation selectors', 0xe0100, 0xe01ef],
  ['tags', 0xe0000, 0xe007f],
  ['C0 controls', 0x00, 0x08],
  ['C1 controls', 0x80, 0x9f],
  ['one by one', 0xfeff, 0xfeff],
  ['soft hyphen', 0xad, 0xad],
  ['Hangul fillers', 0x115f, 0x1160],
  ['private use', 0xe000, 0xe010],
];

describe('P-08 hidden text', () => {
  it.each(ranges)('%s: every one of %d to %d is flagged, in a name, in code and in prose', (_name, from, to) => {
    for (let point = from; point <= to; point++) {
      const hidden = String.fromCodePoint(point);
      for (const text of [`acme${hidden}notes`, `const a = "x${hidden}";\n`, `# Read\n\nme${hidden}`]) {
        expect(hiddenText(text).map(({ offset }) => offset)).toEqual([text.indexOf(hidden)]);
      }
    }
  });

  it('honest text passes: line ends, accents, other alphabets, emoji', () => {
    for (const text of ['plain\r\n\ttext', 'Überraschung', 'Привет', '日本語', 'ελληνικά', '❤️', '👩🏽‍💻 and 👨‍👩‍👧', 'नमस्ते'])
      expect(hiddenText(text)).toEqual([]);
  });

  it('a run of selectors behind an emoji carries a message and is flagged', () => {
    expect(hiddenText(`\u2764\ufe0f${'\ufe01'.repeat(40)}`)).toHaveLength(40);
  });

  it.each(['раypal', 'Nоtes', 'αcme'])('%s mixes alphabets', (name) => {
    expect(mixedAlphabets(name)).toHaveLength(1);
  });

  it.each(['Paypal', 'Заметки', 'Notes für Привет', 'β-carotene'])('%s does not', (name) => {
    expect(mixedAlphabets(name)).toEqual([]);
  });
});

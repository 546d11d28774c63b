// Text that does not look like what it is: characters nobody sees, that turn the direction of reading, or that imitate other letters.

export interface HiddenText {
  /** Index in UTF-16 units. */
  readonly offset: number;
  readonly reason: string;
}

// Two characters are honest in company: the emoji selector after a pictograph, the joiner between two pictographs.
const HONEST = /\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)*/gu;

const KINDS: readonly { readonly name: string; readonly characters: RegExp }[] = [
  { name: 'a character that turns the direction of reading', characters: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu },
  { name: 'a character of no width', characters: /[\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]/gu },
  { name: 'a variation selector', characters: /[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu },
  { name: 'an invisible tag character', characters: /[\u{e0000}-\u{e007f}]/gu },
  { name: 'a letter that is drawn as nothing', characters: /[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu },

  { name: 'a control character', characters: /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu },
  { name: 'half of a character', characters: /\p{Surrogate}/gu },
  { name: 'a character for private use', characters: /\p{Co}/gu },
];

/** Everything hidden in a text of code or prose, by offset. */
export function hiddenText(text: string): readonly HiddenText[] {
  // ASCII without control characters is the usual case and needs no second look.
  if (/^[\t\n\r\x20-\x7e]*$/.test(text)) return [];
  const visible = text.replace(HONEST, (emoji) => '_'.repeat(emoji.length));
  return KINDS.flatMap(({ name, characters }) =>
    [...visible.matchAll(characters)].map((match) => ({ offset: match.index, reason: `${name} (${codePoint(match[0])})` })),
  ).sort((left, right) => left.offset - right.offset);
}

/** Letters of two alphabets in one word: how a foreign letter imitates a Latin one. */
export function mixedAlphabets(text: string): readonly HiddenText[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)]
    .filter(
      ([word]) =>
        /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(word),
    )
    .map((match) => ({ offset: match.index, reason: `the word "${match[0].slice(0, 40)}" mixes letters of several alphabets` }));
}

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

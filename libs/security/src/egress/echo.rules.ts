// A careless service repeats what it was sent: in a debug page, an error, a redirect. The extension that asked must not learn its secret
// that way. A service that wants to tell it can always do so in a form of its own; hosts of a secret are chosen by whoever consents.

/** What stands where a secret was. */
const COVER = '[secret]';
/** Shorter values would be found everywhere, and are not secret anyway. */
const SHORTEST = 8;

/** Takes the values out of a text, as they are and as they are written in addresses, JSON and base64. */
export function echoCover(secrets: ReadonlySet<string>): (text: string) => string {
  const forms = [...secrets].filter((value) => value.length >= SHORTEST).flatMap(writtenForms);
  // Longest first: no form may be cut in two by a shorter one within it.
  const ordered = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return (text) => ordered.reduce((covered, form) => covered.replaceAll(form, COVER), text);
}

function writtenForms(value: string): readonly string[] {
  const bytes = String.fromCharCode(...new TextEncoder().encode(value));
  return [value, bytes, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), btoa(bytes), btoa(bytes).replace(/=+$/, '')];
}

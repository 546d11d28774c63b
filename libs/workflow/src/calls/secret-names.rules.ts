// How an expression asks for secrets: one by one, by their names.

/** Whether a program asks for secrets at all. */
export function namesSecrets(program: string): boolean {
  return /\$secrets\b/.test(program);
}

const NAMED = /\$secrets\b(?:\.([a-zA-Z_]\w*)|\["([^"\\]+)"\])?/g;

/** The names of the secrets that a program uses; null when it uses them otherwise than by name. */
export function secretsNamedIn(program: string): readonly string[] | null {
  const names = [...program.matchAll(NAMED)].map(([, plain, quoted]) => plain ?? quoted);
  return names.every((name) => name !== undefined) ? [...new Set(names)] : null;
}

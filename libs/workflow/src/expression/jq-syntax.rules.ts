// Reads the part of jq whose programs give exactly one result. Whatever it does not know it leaves to real jq: null is "not mine", never
// "wrong".

export type Syntax =
  | { readonly is: 'identity' }
  | { readonly is: 'literal'; readonly value: null | boolean | number | string }
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'index'; readonly of: Syntax; readonly by: Syntax }
  | { readonly is: 'text'; readonly parts: readonly (string | Syntax)[] }
  | { readonly is: 'array'; readonly items: readonly Syntax[] }
  | { readonly is: 'object'; readonly members: readonly (readonly [Syntax, Syntax])[] }
  | { readonly is: 'negate'; readonly of: Syntax }
  | { readonly is: 'binary'; readonly operator: Operator; readonly left: Syntax; readonly right: Syntax }
  | { readonly is: 'if'; readonly condition: Syntax; readonly then: Syntax; readonly else: Syntax }
  | { readonly is: 'bind'; readonly name: string; readonly to: Syntax; readonly body: Syntax }
  | { readonly is: 'call'; readonly name: string; readonly arguments: readonly Syntax[] };

export type Operator = '|' | '//' | 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

const LONGEST = 2_000;
const DEEPEST = 64;
/** Longer numbers keep their digits in jq, and their spelling: real jq shows them. */
const PLAIN_NUMBER = /^(?:0|[1-9]\d{0,11})(?:\.\d{0,2}[1-9])?$/;
const TOKEN =
  /\s*(?:(\d[\d.]*(?:[eE][+-]?\d+)?)|(\.[a-zA-Z_]\w*)|(\$[a-zA-Z_]\w*)|([a-zA-Z_]\w*)|(")|(==|!=|<=|>=|\/\/(?!=)|[-+*/%|<>](?!=)|[.[\]{}():,;]))/y;
const RESERVED = new Set(
  'def reduce foreach try catch label import include __loc__ if then elif else end and or as null true false'.split(' '),
);
const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='];
const NOTHING: Syntax = { is: 'identity' };

class NotMine extends Error {}

/** Null: not one of the simple programs; it may be right or wrong. */
export function simpleSyntax(program: string): Syntax | null {
  if (program.length > LONGEST) return null;
  try {
    const reader = new Reader(program);
    const syntax = reader.pipe();
    reader.end();
    return syntax;
  } catch (error) {
    if (error instanceof NotMine) return null;
    throw error;
  }
}

interface Token {
  readonly kind: 'number' | 'field' | 'variable' | 'word' | 'quote' | 'sign' | 'end';
  readonly text: string;
  readonly end: number;
}

class Reader {
  private at = 0;
  private depth = 0;
  /** Pipes since the innermost bracket. */
  private pipes = 0;
  private token: Token;

  constructor(private readonly source: string) {
    this.token = this.read();
  }

  end(): void {
    if (this.token.kind !== 'end') throw new NotMine();
  }

  pipe(): Syntax {
    if (++this.depth > DEEPEST) throw new NotMine();
    const left = this.alternative();
    let whole = left;
    if (this.took('|')) {
      this.pipes += 1;
      whole = { is: 'binary', operator: '|', left, right: this.pipe() };
    }
    this.depth -= 1;
    return whole;
  }

  private alternative(): Syntax {
    const left = this.either();
    return this.took('//') ? { is: 'binary', operator: '//', left, right: this.alternative() } : left;
  }

  private either(): Syntax {
    let left = this.both();
    while (this.took('or')) left = { is: 'binary', operator: 'or', left, right: this.both() };
    return left;
  }

  private both(): Syntax {
    let left = this.comparison();
    while (this.took('and')) left = { is: 'binary', operator: 'and', left, right: this.comparison() };
    return left;
  }

  private comparison(): Syntax {
    const left = this.sum();
    const operator = this.token.text;
    if (this.token.kind !== 'sign' || !COMPARISONS.includes(operator)) return left;
    this.next();
    const right = this.sum();
    // They do not chain.
    if (COMPARISONS.includes(this.token.text)) throw new NotMine();
    return { is: 'binary', operator: operator as Operator, left, right };
  }

  private sum(): Syntax {
    let left = this.product();
    for (;;) {
      const operator = this.took('+') ? '+' : this.took('-') ? '-' : null;
      if (operator === null) return left;
      left = { is: 'binary', operator, left, right: this.product() };
    }
  }

  private product(): Syntax {
    let left = this.signed();
    for (;;) {
      const operator = this.took('*') ? '*' : this.took('/') ? '/' : this.took('%') ? '%' : null;
      if (operator === null) return left;
      left = { is: 'binary', operator, left, right: this.signed() };
    }
  }

  private signed(): Syntax {
    if (!this.took('-')) return this.bound();
    if (++this.depth > DEEPEST) throw new NotMine();
    const negated: Syntax = { is: 'negate', of: this.product() };
    this.depth -= 1;
    return negated;
  }

  /** `<term> as $name | <body>` takes everything that follows into its body. */
  private bound(): Syntax {
    const term = this.term();
    if (!this.took('as')) return term;
    if (this.token.kind !== 'variable') throw new NotMine();
    const name = this.token.text.slice(1);
    this.next();
    this.expect('|');
    this.pipes += 1;
    return { is: 'bind', name, to: term, body: this.pipe() };
  }

  /** What stands between brackets. */
  private enclosed(): Syntax {
    const pipes = this.pipes;
    const inner = this.pipe();
    this.pipes = pipes;
    return inner;
  }

  private term(): Syntax {
    let term = this.start();
    for (;;) {
      if (this.token.kind === 'field') {
        term = { is: 'index', of: term, by: { is: 'literal', value: this.token.text.slice(1) } };
        this.next();
      } else if (this.token.kind === 'sign' && this.token.text === '[') {
        this.next();
        term = { is: 'index', of: term, by: this.enclosed() };
        this.expect(']');
      } else return term;
    }
  }

  private start(): Syntax {
    const { kind, text } = this.token;
    switch (kind) {
      case 'number':
        if (!PLAIN_NUMBER.test(text)) throw new NotMine();
        this.next();
        return { is: 'literal', value: Number(text) };
      case 'field':
        return NOTHING;
      case 'variable':
        if (text === '$__loc__' || text === '$ENV') throw new NotMine();
        this.next();
        return { is: 'variable', name: text.slice(1) };
      case 'quote':
        return this.text();
      case 'word':
        return this.word(text);
      case 'sign':
        return this.sign(text);
      case 'end':
        throw new NotMine();
    }
  }

  private sign(text: string): Syntax {
    this.next();
    if (text === '.') return this.token.kind === 'quote' ? { is: 'index', of: NOTHING, by: this.text() } : NOTHING;
    if (text === '(') {
      const inner = this.enclosed();
      this.expect(')');
      return inner;
    }
    if (text === '[') {
      const items: Syntax[] = [];
      if (this.took(']')) return { is: 'array', items };
      const pipes = this.pipes;
      do items.push(this.pipe());
      while (this.took(','));
      this.expect(']');
      // A pipe takes the commas beside it into itself: `[1 | 2, 3]` is not two items.
      if (this.pipes > pipes && items.length > 1) throw new NotMine();
      this.pipes = pipes;
      return { is: 'array', items };
    }
    if (text === '{') return this.object();
    throw new NotMine();
  }

  private word(text: string): Syntax {
    this.next();
    if (text === 'null') return { is: 'literal', value: null };
    if (text === 'true' || text === 'false') return { is: 'literal', value: text === 'true' };
    if (text === 'if') return this.condition();
    if (RESERVED.has(text)) throw new NotMine();
    const given: Syntax[] = [];
    if (this.took('(')) {
      do given.push(this.enclosed());
      while (this.took(';'));
      this.expect(')');
    }
    return { is: 'call', name: text, arguments: given };
  }

  private condition(): Syntax {
    if (++this.depth > DEEPEST) throw new NotMine();
    const condition = this.pipe();
    this.expect('then');
    const then = this.pipe();
    let otherwise: Syntax = NOTHING;
    if (this.took('elif')) otherwise = this.condition();
    else {
      if (this.took('else')) otherwise = this.pipe();
      this.expect('end');
    }
    this.depth -= 1;
    return { is: 'if', condition, then, else: otherwise };
  }

  private object(): Syntax {
    const members: (readonly [Syntax, Syntax])[] = [];
    if (this.took('}')) return { is: 'object', members };
    do members.push(this.member());
    while (this.took(','));
    this.expect('}');
    return { is: 'object', members };
  }

  private member(): readonly [Syntax, Syntax] {
    const { kind, text } = this.token;
    if (kind === 'variable') {
      if (text === '$__loc__' || text === '$ENV') throw new NotMine();
      this.next();
      return [
        { is: 'literal', value: text.slice(1) },
        { is: 'variable', name: text.slice(1) },
      ];
    }
    if (kind === 'word') {
      if (RESERVED.has(text)) throw new NotMine();
      this.next();
      const key: Syntax = { is: 'literal', value: text };
      return [key, this.took(':') ? this.value() : { is: 'index', of: NOTHING, by: key }];
    }
    if (kind === 'quote') {
      const key = this.text();
      return [key, this.took(':') ? this.value() : { is: 'index', of: NOTHING, by: key }];
    }
    this.expect('(');
    const key = this.enclosed();
    this.expect(')');
    this.expect(':');
    return [key, this.value()];
  }

  /** A value is one term, or terms with pipes between. */
  private value(): Syntax {
    if (++this.depth > DEEPEST) throw new NotMine();
    const left = this.term();
    const whole: Syntax = this.took('|') ? { is: 'binary', operator: '|', left, right: this.value() } : left;
    this.depth -= 1;
    return whole;
  }

  /** Reads characters, not tokens; the quote is the current token. */
  private text(): Syntax {
    const parts: (string | Syntax)[] = [];
    let plain = '';
    let at = this.token.end;
    for (;;) {
      const character = this.source[at];
      if (character === undefined) throw new NotMine();
      if (character === '"') break;
      if (character !== '\\') {
        plain += character;
        at += 1;
        continue;
      }
      const escaped = this.source[at + 1] ?? '';
      if (escaped === '(') {
        parts.push(plain);
        plain = '';
        this.at = at + 2;
        this.token = this.read();
        parts.push(this.enclosed());
        if (this.token.text !== ')' || this.token.kind !== 'sign') throw new NotMine();
        at = this.token.end;
        continue;
      }
      const simple = ESCAPES[escaped];
      if (simple !== undefined) {
        plain += simple;
        at += 2;
        continue;
      }
      const unicode = /^u([0-9a-fA-F]{4})/.exec(this.source.slice(at + 1, at + 6))?.[1];
      if (unicode === undefined) throw new NotMine();
      plain += String.fromCharCode(Number.parseInt(unicode, 16));
      at += 6;
    }
    this.at = at + 1;
    this.token = this.read();
    if (/\p{Surrogate}/u.test(plain)) throw new NotMine();
    if (parts.length === 0) return { is: 'literal', value: plain };
    return { is: 'text', parts: [...parts, plain] };
  }

  private took(text: string): boolean {
    if ((this.token.kind !== 'sign' && this.token.kind !== 'word') || this.token.text !== text) return false;
    this.next();
    return true;
  }

  private expect(text: string): void {
    if (!this.took(text)) throw new NotMine();
  }

  private next(): void {
    this.token = this.read();
  }

  private read(): Token {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.source);
    if (found === null) {
      if (this.source.slice(this.at).trim() !== '') throw new NotMine();
      return { kind: 'end', text: '', end: this.source.length };
    }
    this.at = TOKEN.lastIndex;
    const [, number, field, variable, word, quote, sign] = found;
    const kind: Token['kind'] =
      number !== undefined
        ? 'number'
        : field !== undefined
          ? 'field'
          : variable !== undefined
            ? 'variable'
            : word !== undefined
              ? 'word'
              : quote !== undefined
                ? 'quote'
                : 'sign';
    return { kind, text: (number ?? field ?? variable ?? word ?? quote ?? sign)!, end: this.at };
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Variables that a program takes from outside. */
export function freeVariables(syntax: Syntax): ReadonlySet<string> {
  const free = new Set<string>();
  const visit = (node: Syntax, bound: readonly string[]): void => {
    switch (node.is) {
      case 'identity':
      case 'literal':
        return;
      case 'variable':
        if (!bound.includes(node.name)) free.add(node.name);
        return;
      case 'index':
        visit(node.of, bound);
        return visit(node.by, bound);
      case 'text':
        return node.parts.forEach((part) => typeof part !== 'string' && visit(part, bound));
      case 'array':
        return node.items.forEach((item) => visit(item, bound));
      case 'object':
        return node.members.forEach((member) => member.forEach((part) => visit(part, bound)));
      case 'negate':
        return visit(node.of, bound);
      case 'binary':
        visit(node.left, bound);
        return visit(node.right, bound);
      case 'if':
        visit(node.condition, bound);
        visit(node.then, bound);
        return visit(node.else, bound);
      case 'bind':
        visit(node.to, bound);
        return visit(node.body, [...bound, node.name]);
      case 'call':
        return node.arguments.forEach((argument) => visit(argument, bound));
    }
  };
  visit(syntax, []);
  return free;
}

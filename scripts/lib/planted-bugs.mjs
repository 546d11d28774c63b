// What is wrong with a planted bug, as far as that can be told without running anything: whether it can still be planted, and whether the test that
// is to catch it is still there.
import ts from 'typescript';

const KEYS = ['name', 'file', 'find', 'replace', 'test', 'pattern'];
/** Between the parts of a pattern; anything else that a regular expression knows would be a riddle. */
const GAP = '.*';
const RIDDLE = /[\\^$*+?()[\]{}|]/;

/**
 * In words; empty when it is sound. `read` gives the text of a file of the tree, or null. Titles that a suite makes of data are in the file that the
 * bug calls `titles`.
 */
export function faultsOf(bug, read) {
  const lacking = KEYS.filter((key) => typeof bug[key] !== 'string');
  if (lacking.length > 0) return [`has no ${lacking.join(', ')}`];
  const source = read(bug.file);
  const test = read(bug.test);
  const times = source === null ? 0 : source.split(bug.find).length - 1;
  return [
    ...(source === null ? [`there is no ${bug.file}`] : []),
    ...(source !== null && times !== 1 ? [`what it looks for stands ${times} times in ${bug.file}: ${shown(bug.find)}`] : []),
    ...(bug.find === bug.replace ? ['changes nothing'] : []),
    ...(test === null ? [`there is no ${bug.test}`] : patternFaults(bug, test, read)),
  ];
}

/** Bugs are asked for by name: each has its own. */
export function namedTwice(bugs) {
  const seen = new Set();
  return bugs.map(({ name }) => name).filter((name) => seen.has(name) || !seen.add(name));
}

function patternFaults({ pattern, test, titles: data }, text, read) {
  const parts = pattern.split(GAP);
  if (parts.some((part) => part === '' || RIDDLE.test(part))) return [`its pattern is not words with ${GAP} between them: ${pattern}`];
  const told = data === undefined ? '' : read(data);
  if (told === null) return [`there is no ${data}`];
  const { titles, corpus } = testsOf(test, text, read);
  const sayable = told === '' ? corpus : corpus + told.toLowerCase();
  return titles.some((title) => holds(title, parts, sayable)) ? [] : [`no test of ${test} is named ${pattern}`];
}

/** By the reader of the tree: suites are named by many bugs, helpers are imported by many suites. */
const known = new WeakMap();
const DEEPEST = 2;

/**
 * The titles of a suite and of the suites that it calls, each a list of texts that stand there and of nulls for what is filled in when it runs; and
 * all that could be filled in, which is what the suite and the files that it imports say in their values.
 */
function testsOf(file, text, read, depth = 0) {
  if (!known.has(read)) known.set(read, new Map());
  const ofTree = known.get(read);
  const key = `${depth} ${file}`;
  if (!ofTree.has(key)) ofTree.set(key, readTests(file, text, read, depth));
  return ofTree.get(key);
}

function readTests(file, text, read, depth) {
  if (file.endsWith('.json')) return { titles: [], corpus: text.toLowerCase() };
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const isSuite = text.includes('@jest/globals');
  const titles = [];
  const values = [];
  const visit = (node, above) => {
    const own = isSuite ? titleOf(node) : null;
    const path = own === null ? above : [...above, ...(above.length === 0 ? [] : [' ']), ...own];
    if (own !== null) titles.push(path);
    if (isValue(node)) values.push(node.text.toLowerCase());
    ts.forEachChild(node, (child) => {
      if (own === null || child !== node.arguments[0]) visit(child, path);
    });
  };
  visit(parsed, []);
  for (const imported of depth === DEEPEST ? [] : importsOf(parsed, file, read)) {
    const inner = testsOf(imported.file, imported.text, read, depth + 1);
    values.push(inner.corpus);
    titles.push(...inner.titles.map((title) => [null, ...title]));
  }
  return { titles, corpus: values.join('\n') };
}

/** Texts, and the names of fields: rows of a table may be either. */
function isValue(node) {
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return true;
  return ts.isIdentifier(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}

function importsOf(parsed, file, read) {
  return parsed.statements.flatMap((statement) => {
    const from = ts.isImportDeclaration(statement) ? statement.moduleSpecifier.text : '';
    if (!from.startsWith('.')) return [];
    const path = new URL(from, `file:///${file}`).pathname.slice(1).replace(/\.js$/, '.ts');
    const text = /\.(ts|mjs|json)$/.test(path) ? read(path) : null;
    return text === null ? [] : [{ file: path, text }];
  });
}

/** `describe('...', () => ...)`, `it.each(rows)('...', ...)`, `needsDeno('...', ...)`: a title and, behind it, what is done. */
function titleOf(node) {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return null;
  const [title, ...others] = node.arguments;
  const does = others.some((argument) => ts.isArrowFunction(argument) || ts.isFunctionExpression(argument));
  if (!does && !/^(describe|it|test)\b/.test(node.expression.getText())) return null;
  if (ts.isStringLiteralLike(title)) return filledIn(title.text);
  if (ts.isTemplateExpression(title))
    return [...filledIn(title.head.text), ...title.templateSpans.flatMap(({ literal }) => [null, ...filledIn(literal.text)])];
  return /^(describe|it|test)\b/.test(node.expression.getText()) ? [null] : null;
}

/** What `each` puts into a title. */
function filledIn(text) {
  return text
    .toLowerCase()
    .split(/%[a-z#]|\$[#a-z][\w.]*/)
    .flatMap((piece, index) => [...(index === 0 ? [] : [null]), ...(piece === '' ? [] : [piece])]);
}

/** Whether the parts can stand in the title, one behind the other. */
function holds(title, parts, corpus) {
  let from = 0;
  for (const part of parts) {
    const at = title.findIndex((_, index) => index >= from && stands(title, index, part.toLowerCase(), corpus));
    if (at === -1) return false;
    from = at;
  }
  return true;
}

/** Whether the words can begin in that piece of the title and go on in the next ones. */
function stands(title, index, words, corpus) {
  const piece = title[index];
  if (piece === null) return said(words, corpus) || begins(title, index, words, corpus);
  if (piece.includes(words)) return true;
  for (let cut = 1; cut < words.length; cut += 1)
    if (piece.endsWith(words.slice(0, cut)) && begins(title, index + 1, words.slice(cut), corpus)) return true;
  return false;
}

function begins(title, index, words, corpus) {
  if (words === '') return true;
  if (index >= title.length) return false;
  const piece = title[index];
  if (piece !== null)
    return piece.startsWith(words) || (words.startsWith(piece) && begins(title, index + 1, words.slice(piece.length), corpus));
  for (let cut = words.length; cut >= 0; cut -= 1)
    if (said(words.slice(0, cut), corpus) && begins(title, index + 1, words.slice(cut), corpus)) return true;
  return false;
}

/** A number is counted, never said. */
function said(words, corpus) {
  return /^\d*$/.test(words) || corpus.includes(words);
}

function shown(text) {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

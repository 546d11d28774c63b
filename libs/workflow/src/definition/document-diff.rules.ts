// What differs between two documents, place by place. Tasks are matched by name, so that a task put between two others is one change.
import { canonicalJson } from '@kari/kernel';
import { isJsonObject, type Json } from '../json.js';
import { below } from './problem.rules.js';

export interface Change {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  /** In the new document; in the old one for what was removed. */
  readonly pointer: string;
  /** Null for what was added. */
  readonly before: Json;
  /** Null for what was removed. */
  readonly after: Json;
}

export function differencesOf(before: Json, after: Json): readonly Change[] {
  const changes: Change[] = [];
  compare(before, after, '', '', changes);
  return changes;
}

function compare(before: Json, after: Json, was: string, is: string, changes: Change[]): void {
  if (canonicalJson(before) === canonicalJson(after)) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const [name, value] of Object.entries(before)) {
      if (!Object.hasOwn(after, name)) changes.push({ kind: 'removed', pointer: below(was, name), before: value, after: null });
    }
    for (const [name, value] of Object.entries(after)) {
      if (Object.hasOwn(before, name)) compare(before[name]!, value, below(was, name), below(is, name), changes);
      else changes.push({ kind: 'added', pointer: below(is, name), before: null, after: value });
    }
    return;
  }
  const old = namesIn(before);
  const current = namesIn(after);
  if (old === null || current === null) return void changes.push({ kind: 'changed', pointer: is, before, after });
  const [oldItems, items] = [before, after] as [readonly Json[], readonly Json[]];
  old.forEach((name, index) => {
    if (!current.includes(name))
      changes.push({ kind: 'removed', pointer: below(was, index, name), before: memberOf(oldItems[index]!, name), after: null });
  });
  const kept = current.filter((name) => old.includes(name));
  const order = old.filter((name) => current.includes(name));
  current.forEach((name, index) => {
    const pointer = below(is, index, name);
    const value = memberOf(items[index]!, name);
    const from = old.indexOf(name);
    if (from < 0) return void changes.push({ kind: 'added', pointer, before: null, after: value });
    if (kept.indexOf(name) !== order.indexOf(name)) changes.push({ kind: 'moved', pointer, before: from, after: index });
    compare(memberOf(oldItems[from]!, name), value, below(was, from, name), pointer, changes);
  });
}

/** Names of a list of named things, each item with one and each name once; null for any other list. */
function namesIn(value: Json): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const names = (value as readonly Json[]).map((item) =>
    isJsonObject(item) && Object.keys(item).length === 1 ? Object.keys(item)[0]! : null,
  );
  return names.includes(null) || new Set(names).size !== names.length ? null : (names as string[]);
}

function memberOf(item: Json, name: string): Json {
  return (item as Readonly<Record<string, Json>>)[name]!;
}

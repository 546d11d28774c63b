// How a plugin is named in a call: `[<extension>/]<intent>[@<range>]`, parsed once.
import { rejected } from '@kari/kernel';
import { validRange } from 'semver';

export interface PluginReference {
  /** As it was written. */
  readonly text: string;
  /** Null: whichever enabled extension provides it. */
  readonly extension: string | null;
  readonly intent: string;
  /** Of contract versions; null: any. */
  readonly range: string | null;
}

const EXTENSION = /^[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9-]{0,38}$/;
const INTENT = /^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})+$/;
const LONGEST = 300;

/** Throws `Rejection` PLUGIN_REFERENCE_INVALID. */
export function parseReference(text: string): PluginReference {
  const refuse = (reason: string): never => {
    throw rejected('PLUGIN_REFERENCE_INVALID', { plugin: text.slice(0, LONGEST), reason });
  };
  if (text.length > LONGEST) refuse('it is too long');
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const range = at < 0 ? null : text.slice(at + 1);
  const slash = name.indexOf('/');
  const extension = slash < 0 ? null : name.slice(0, slash);
  const intent = name.slice(slash + 1);
  if (extension !== null && !EXTENSION.test(extension)) refuse('what stands before "/" is no extension id');
  if (!INTENT.test(intent)) refuse('an intent is written <noun>.<verb> in small letters');
  if (range !== null && (range.trim() === '' || validRange(range) === null)) refuse('what follows "@" is no contract version or range');
  return { text, extension, intent, range };
}

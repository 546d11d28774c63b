// Where something stands in the text of a manifest, for whoever finds a fault that the manifest alone does not show.
import { readManifestText } from './manifest-text.js';

/** Both count from 1; of the name, where the pointer leads to a member. What is not there is shown at what would hold it. */
export function placeInManifest(text: string, pointer: string): { readonly line: number; readonly column: number } {
  return readManifestText(text).locate({ code: 'PACKAGE_MANIFEST_REFERENCE', pointer, reason: '', fix: '', atKey: true });
}

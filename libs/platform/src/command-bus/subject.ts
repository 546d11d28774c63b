// What an operation was about, in the words of the audit trail: `<thing>:<id>`.
import { categoryOf, idOf, type StreamId } from '@kari/kernel';

/** `installation:acme.notes` of the stream `extension.installation-<tenant>~acme.notes`. */
export function subjectOf(stream: StreamId): string {
  const category = categoryOf(stream);
  return `${category.slice(category.indexOf('.') + 1)}:${idOf(stream)}`;
}

// One method of a service, out of the text of a proto file.
import protobuf, { type Type } from 'protobufjs';
import { invalid } from '../http-request.rules.js';

const LARGEST_TEXT = 256 * 1024;
const WELL_KNOWN = /^google\/protobuf\/(any|duration|empty|field_mask|struct|timestamp|wrappers)\.proto$/;

export interface ProtoMethod {
  /** `/library.v1.Books/Find`: where HTTP/2 asks for it. */
  readonly path: string;
  readonly request: Type;
  readonly answer: Type;
}

export type ProtoFile = protobuf.Root;

/** Throws WORKFLOW_CALL_INVALID where the text is no proto file that stands by itself. */
export function protoFileOf(text: string): ProtoFile {
  if (text.length > LARGEST_TEXT) throw invalid(`its proto file is larger than ${LARGEST_TEXT} bytes`);
  const { root, imports = [], weakImports = [] } = parsed(text);
  const elsewhere = [...imports, ...weakImports].find((one) => !WELL_KNOWN.test(one));
  if (elsewhere !== undefined)
    throw invalid(`its proto file imports ${elsewhere.slice(0, 80)}; it must stand by itself, but for those of google/protobuf`);
  try {
    for (const one of imports) root.addJSON(protobuf.common.get(one)?.nested ?? {});
    root.resolveAll();
  } catch (error) {
    throw invalid(`its proto file names a type that it does not have (${wordsOf(error)})`);
  }
  return root;
}

/** The service as `library.v1.Books` or `Books`: a file has one package. */
export function methodIn(file: ProtoFile, service: string, method: string): ProtoMethod {
  const services = servicesIn(file);
  const found = services.find(({ fullName, name }) => fullName === `.${service}` || name === service);
  if (found === undefined) {
    const known = services.map(({ fullName }) => fullName.slice(1)).join(', ') || 'none';
    throw invalid(`its proto file has no service "${service.slice(0, 80)}"; it has: ${known}`);
  }
  const one = Object.hasOwn(found.methods, method) ? found.methods[method] : undefined;
  if (one === undefined)
    throw invalid(`its service has no method "${method.slice(0, 80)}"; it has: ${Object.keys(found.methods).join(', ')}`);
  const { resolvedRequestType, resolvedResponseType, requestStream, responseStream } = one;
  if (requestStream === true || responseStream === true)
    throw invalid(`its method ${method} streams; a task gives one message and takes one`);
  if (resolvedRequestType === null || resolvedResponseType === null) throw invalid(`its method ${method} speaks of no message`);
  return { path: `/${found.fullName.slice(1)}/${one.name}`, request: resolvedRequestType, answer: resolvedResponseType };
}

function parsed(text: string): protobuf.IParserResult {
  try {
    return protobuf.parse(text, new protobuf.Root(), { keepCase: true });
  } catch (error) {
    throw invalid(`its proto file cannot be read (${wordsOf(error)})`);
  }
}

function servicesIn(space: protobuf.NamespaceBase): readonly protobuf.Service[] {
  return space.nestedArray.flatMap((one) => {
    if (one instanceof protobuf.Service) return [one];
    return one instanceof protobuf.Namespace ? servicesIn(one) : [];
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 160) : 'no reason was given';
}

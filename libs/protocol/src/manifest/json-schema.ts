/** A JSON Schema 2020-12 in the closed profile, as an extension writes it. Not checked by having this type: see `@kari/package`. */
export type JsonSchema = Readonly<Record<string, unknown>> | boolean;

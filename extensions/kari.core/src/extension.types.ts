// Made from extension.json by "npm run codegen": change it there.
import type { ExtensionTypes } from '@kari/sdk';

export interface CoreTypes extends ExtensionTypes {
  config: Readonly<Record<string, never>>;
  plugins: {
    /** Tells the current time in a time zone. */
    'time.now': {
      input: {
        /** Time zone, an IANA name. Default: "UTC". */
        readonly zone?: string;
      };
      output: {
        /** The instant, ISO 8601 in UTC. */
        readonly at: string;
        /** Milliseconds since 1970-01-01T00:00:00Z. */
        readonly epochMs: number;
        /** The time zone. */
        readonly zone: string;
        /** The same instant on the wall clock of the zone, with its offset. */
        readonly local: string;
        /** Calendar date there. */
        readonly date: string;
        /** Time of day there, hh:mm:ss. */
        readonly time: string;
        /** Day of the week there. */
        readonly weekday: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** Minutes ahead of UTC. */
        readonly offsetMinutes: number;
      };
      errors: never;
    };
    /** Shows an instant on the wall clock of another time zone. */
    'time.convert': {
      input: {
        /** The instant, with its offset. */
        readonly at: string;
        /** Time zone to show it in. Default: "UTC". */
        readonly zone?: string;
      };
      output: {
        /** The instant, ISO 8601 in UTC. */
        readonly at: string;
        /** Milliseconds since 1970-01-01T00:00:00Z. */
        readonly epochMs: number;
        /** The time zone. */
        readonly zone: string;
        /** The same instant on the wall clock of the zone, with its offset. */
        readonly local: string;
        /** Calendar date there. */
        readonly date: string;
        /** Time of day there, hh:mm:ss. */
        readonly time: string;
        /** Day of the week there. */
        readonly weekday: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** Minutes ahead of UTC. */
        readonly offsetMinutes: number;
      };
      errors: never;
    };
    /** Lists instants from a start to before an end, a step apart. Days, weeks, months and years follow the calendar of the zone; hours and less are exact. */
    'time.range': {
      input: {
        /** First instant. */
        readonly from: string;
        /** End, not included. */
        readonly to: string;
        /** Distance, an ISO 8601 duration such as P1D or PT15M. */
        readonly step: string;
        /** Time zone, an IANA name. Default: "UTC". */
        readonly zone?: string;
        /** Most instants. Default and limit: 1,000. Default: 1000. */
        readonly limit?: number;
      };
      output: {
        /** The instants, in order. */
        readonly instants: ReadonlyArray<string>;
        /** False when the limit cut the list. */
        readonly complete: boolean;
      };
      errors: 'STEP_EMPTY';
    };
    /** Moves an instant by a duration, forwards or back. Days and longer follow the calendar of the zone. */
    'time.shift': {
      input: {
        /** Where to start. */
        readonly at: string;
        /** An ISO 8601 duration. */
        readonly by: string;
        /** Whether to go back. Default: false. Default: false. */
        readonly back?: boolean;
        /** Time zone, an IANA name. Default: "UTC". */
        readonly zone?: string;
      };
      output: {
        /** The instant, ISO 8601 in UTC. */
        readonly at: string;
        /** Milliseconds since 1970-01-01T00:00:00Z. */
        readonly epochMs: number;
        /** The time zone. */
        readonly zone: string;
        /** The same instant on the wall clock of the zone, with its offset. */
        readonly local: string;
        /** Calendar date there. */
        readonly date: string;
        /** Time of day there, hh:mm:ss. */
        readonly time: string;
        /** Day of the week there. */
        readonly weekday: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
        /** Minutes ahead of UTC. */
        readonly offsetMinutes: number;
      };
      errors: never;
    };
    /** Fetches from one of the public services that the manifest names. Other hosts belong into an extension that asks for them. */
    'http.request': {
      input: {
        /** Where to, https only. */
        readonly url: string;
        /** Default: GET. Default: "GET". */
        readonly method?: 'GET' | 'HEAD';
        /** Headers of the request. */
        readonly headers?: Readonly<Record<string, string>>;
        /** Milliseconds. 100 to 9,000; default 5,000. Default: 5000. */
        readonly timeoutMs?: number;
      };
      output: {
        /** HTTP status. */
        readonly status: number;
        /** Whether it is 200 to 299. */
        readonly ok: boolean;
        /** Headers of the answer, names in lower case. */
        readonly headers: Readonly<Record<string, string>>;
        /** The body as text. */
        readonly text: string;
        /** The body as JSON, null when it is none. */
        readonly json: unknown;
      };
      errors: 'HOST_NOT_ALLOWED' | 'HOST_UNREACHABLE';
    };
    /** Fills a template: {{name}} and {{a.b}} put values in, {{#list}}...{{/list}} repeats or asks, {{^x}}...{{/x}} stands in for what is absent or empty. Logic-less, after Mustache. */
    'text.template': {
      input: {
        /** The template. At most 65,536 characters. */
        readonly template: string;
        /** The values. */
        readonly values: Readonly<Record<string, unknown>>;
        /** How values are made harmless for where they go. Default: none. Default: "none". */
        readonly escape?: 'none' | 'html' | 'url' | 'json';
        /** What happens to names without a value. Default: empty. Default: "empty". */
        readonly missing?: 'empty' | 'error';
      };
      output: {
        /** The filled template. */
        readonly text: string;
      };
      errors: 'TEMPLATE_INVALID' | 'VALUE_MISSING' | 'TEXT_TOO_LONG';
    };
    /** Finds what a regular expression describes. The engine takes time proportional to the text: no pattern can stall it; look-around and back-references do not exist there. */
    'text.match': {
      input: {
        /** Where to look. At most 131,072 characters. */
        readonly text: string;
        /** The pattern, RE2 syntax. */
        readonly pattern: string;
        /** Default: false. Default: false. */
        readonly ignoreCase?: boolean;
        /** Most matches. Default: 100. Default: 100. */
        readonly limit?: number;
      };
      output: {
        /** In order. */
        readonly matches: ReadonlyArray<{
          /** What was found. */
          readonly text: string;
          /** Where, in UTF-16 units. */
          readonly index: number;
          /** Groups by number, null where one took no part. */
          readonly groups: ReadonlyArray<string | null>;
          /** Groups by name. */
          readonly named: Readonly<Record<string, string | null>>;
        }>;
      };
      errors: 'PATTERN_INVALID';
    };
    /** Shapes a list of rows by steps: where, pick, omit, rename, set, sort, unique, group, expand, skip, limit. */
    'data.transform': {
      input: {
        /** Rows. At most 10,000. */
        readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>;
        /** Steps in order. At most 20. */
        readonly steps: ReadonlyArray<{
          /** Keep the rows for which this holds. */
          readonly where?: {
            /** Name of a field, or a path of names joined by dots. */
            readonly field: string;
            /** Comparison. */
            readonly is: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'in' | 'contains' | 'exists' | 'missing';
            /** What is compared with. */
            readonly value?: unknown;
          };
          /** Keep only these fields. */
          readonly pick?: ReadonlyArray<string>;
          /** Leave these fields out. */
          readonly omit?: ReadonlyArray<string>;
          /** Old name to new name. */
          readonly rename?: Readonly<Record<string, string>>;
          /** Fields that get a fixed value. */
          readonly set?: Readonly<Record<string, unknown>>;
          /** Order by these fields, the first counts most. */
          readonly sort?: ReadonlyArray<{
            /** Name of a field, or a path of names joined by dots. */
            readonly field: string;
            /** Direction. Default: ascending. Default: "ascending". */
            readonly order?: 'ascending' | 'descending';
          }>;
          /** Keep the first row of each combination of these fields. */
          readonly unique?: ReadonlyArray<string>;
          /** One row for each combination of the fields in "by". */
          readonly group?: {
            readonly by: ReadonlyArray<string>;
            /** Field for the number of rows. */
            readonly count?: string;
            /** Fields to add up. */
            readonly sum?: ReadonlyArray<string>;
            /** Fields of which the smallest is kept. */
            readonly min?: ReadonlyArray<string>;
            /** Fields of which the largest is kept. */
            readonly max?: ReadonlyArray<string>;
            /** Fields of which the mean is kept. */
            readonly average?: ReadonlyArray<string>;
          };
          /** One row for each item of a list in this field. */
          readonly expand?: string;
          /** Leave out the first rows. */
          readonly skip?: number;
          /** Keep at most so many rows. */
          readonly limit?: number;
        }>;
      };
      output: {
        /** The rows afterwards. */
        readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>;
      };
      errors: 'ROWS_TOO_MANY';
    };
    /** Asks a question of a JSON value in the language JSONata. */
    'json.query': {
      input: {
        /** The value. */
        readonly value: unknown;
        /** The question. At most 4,096 characters. */
        readonly query: string;
        /** Values of $names in the question. */
        readonly bindings?: Readonly<Record<string, unknown>>;
      };
      output: {
        /** The answer; null when nothing fits. */
        readonly result: unknown;
      };
      errors: 'QUERY_INVALID' | 'QUERY_TOO_LONG';
    };
    /** Works out an arithmetic expression: + - * / % ^, comparisons, and the usual functions, over numbers and named values. Not a programming language. */
    'math.evaluate': {
      input: {
        /** The expression. At most 1,000 characters. */
        readonly expression: string;
        /** Values of names. */
        readonly values?: Readonly<Record<string, number>>;
      };
      output: {
        /** The result; true or false for a comparison. */
        readonly result: number | boolean;
      };
      errors: 'EXPRESSION_INVALID' | 'NAME_UNKNOWN' | 'RESULT_NOT_FINITE';
    };
  };
  routes: Record<never, never>;
  publishes: Record<never, never>;
  subscribes: never;
  tasks: Record<never, never>;
  uses: never;
  secrets: never;
  metrics: never;
}

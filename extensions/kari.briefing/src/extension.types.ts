// Made from extension.json by "npm run codegen": change it there.
import type { ExtensionTypes } from '@kari/sdk';

export interface BriefingTypes extends ExtensionTypes {
  config: {
    /** Time zone of the readers. Default: "UTC". */
    readonly zone: string;
    /** Degrees north. Default: 60.17. */
    readonly latitude: number;
    /** Degrees east. Default: 24.94. */
    readonly longitude: number;
    /** Words of the briefing. Default: "{{greeting}} Today is {{weekday}}, {{date}}.{{#weather}} It is {{temperature}} °C outside.{{/weather}}". */
    readonly template: string;
  };
  plugins: {
    /** Writes the briefing of the day for one reader. Asked again on the same day, it answers the same one. */
    'briefing.write': {
      input: {
        /** Name of the reader. */
        readonly reader: string;
        /** Whether to write anew even if there is one for today. Default: false. Default: false. */
        readonly fresh?: boolean;
      };
      output: {
        /** The briefing. */
        readonly text: string;
        /** The day it is for, in the zone of the configuration. */
        readonly date: string;
        /** Whether it had been written before. */
        readonly again: boolean;
        /** Parts that could not be had; the briefing does without. */
        readonly missing: ReadonlyArray<'greeting' | 'weather'>;
      };
      errors: 'CLOCK_UNAVAILABLE';
    };
    /** Tells how many briefings were written so far. */
    'briefing.count': {
      input: Readonly<Record<string, never>>;
      output: {
        /** Briefings written. */
        readonly count: number;
      };
      errors: never;
    };
  };
  routes: Record<never, never>;
  publishes: {
    /** A briefing was written anew. */
    'kari.briefing.written.v1': {
      /** The day it is for. */
      readonly date: string;
      /** Parts that it lacks. */
      readonly missing: ReadonlyArray<string>;
    };
  };
  subscribes: 'kari.briefing.written.v1';
  tasks: Record<never, never>;
  uses: 'time.now' | 'http.request' | 'text.template' | 'kari.hello/greeting.say';
  secrets: never;
  metrics: 'briefings_written';
}

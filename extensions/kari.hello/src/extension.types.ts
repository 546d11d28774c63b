// Made from extension.json by "npm run codegen": change it there.
import type { ExtensionTypes } from '@kari/sdk';

export interface HelloTypes extends ExtensionTypes {
  config: {
    /** The word before the name. Default: "Hello". */
    readonly greeting: string;
  };
  plugins: {
    /** Says hello to somebody by name, in the words of the configuration. */
    'greeting.say': {
      input: {
        /** Whom to greet. */
        readonly name: string;
      };
      output: {
        /** The greeting. */
        readonly text: string;
      };
      errors: 'NAME_BLANK';
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

// The smallest extension: one plugin, one line of configuration.
import { extension, PluginError } from '@kari/sdk';
import type { HelloTypes } from './extension.types.js';

export const start = extension<HelloTypes>({
  plugins: {
    'greeting.say': ({ name }, { config, log }) => {
      if (name.trim() === '') throw new PluginError('NAME_BLANK', 'There is nobody to greet.');
      log.info('greeted', { length: name.length });
      return { text: `${config.greeting}, ${name.trim()}!` };
    },
  },
});

// The everyday steps of workflows. Each plugin is a pure function of its input, but for the clock and the requests.
import { extension } from '@kari/sdk';
import { calculate, query, transform } from './data.js';
import type { CoreTypes } from './extension.types.js';
import { request } from './http.js';
import { match, template } from './text.js';
import { convert, now, range, shift } from './time.js';

export const start = extension<CoreTypes>({
  plugins: {
    'time.now': now,
    'time.convert': convert,
    'time.range': range,
    'time.shift': shift,
    'http.request': request,
    'text.template': template,
    'text.match': match,
    'data.transform': transform,
    'json.query': query,
    'math.evaluate': calculate,
  },
});

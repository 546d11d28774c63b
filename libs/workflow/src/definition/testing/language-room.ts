// The validator over scripted installations: for specs.
import { systemTimers } from '@kari/platform/time';
import { jqLimits } from '../../expression/real-jq.js';
import { JqEvaluator } from '../../expression/jq-evaluator.js';
import { A, contract, manifestOf, pluginRoom } from '../../plugins/testing/plugin-room.js';
import type { WorkflowDocument } from '../document.js';
import { WorkflowValidator } from '../validator.js';

export const textPlugin = contract({
  version: '1.4.0',
  effect: 'read',
  input: {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: { text: { type: 'string', maxLength: 20 }, times: { type: 'integer', minimum: 1 } },
  },
  output: {
    type: 'object',
    required: ['text', 'length'],
    additionalProperties: false,
    properties: { text: { type: 'string' }, length: { type: 'integer' } },
  },
});

export function languageRoom() {
  const plugins = pluginRoom();
  plugins.install(manifestOf('acme.text', { 'text.repeat': textPlugin, 'text.old': contract({ version: '1.0.0' }) }));
  plugins.install(manifestOf('acme.other', { 'text.old': contract({ version: '2.1.0' }), 'text.both': contract() }));
  plugins.install(manifestOf('acme.third', { 'text.both': contract() }));
  plugins.install(manifestOf('acme.asleep', { 'text.asleep': contract() }), A, 'disabled');
  const evaluator = new JqEvaluator(systemTimers, { ...jqLimits, milliseconds: 30_000 });
  const validator = new WorkflowValidator(plugins.installations, evaluator);
  const validate = (source: string | WorkflowDocument, tenant = A) =>
    validator.validate(typeof source === 'string' ? source : JSON.stringify(source), tenant, 'acme');
  return {
    plugins,
    evaluator,
    validator,
    validate,
    /** `<code> <pointer>` of every problem. */
    async problems(source: string | WorkflowDocument): Promise<readonly string[]> {
      return (await validate(source)).problems.map(({ code, pointer }) => `${code} ${pointer}`);
    },
    close: () => evaluator.onApplicationShutdown(),
  };
}

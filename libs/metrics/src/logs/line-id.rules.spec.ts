import { expect, it } from '@jest/globals';
import { lineId } from './line-id.rules.js';

it('takes the id of a line and nothing else', () => {
  expect(lineId('0195B6A0-0000-7000-8000-0000000000CC')).toBe('0195b6a0-0000-7000-8000-0000000000cc');
  for (const text of ['', 'x', '0195b6a0', "' or 1=1"]) expect(() => lineId(text)).toThrow('REQUEST_INVALID');
});

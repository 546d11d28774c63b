import { expect, it } from '@jest/globals';
import { networkReason } from './network-failure.rules.js';

it('words what it knows and gives nothing away of what it does not', () => {
  expect(networkReason({ code: 'ECONNREFUSED', address: '10.0.0.1' })).toBe('the host refused the connection');
  expect(networkReason({ code: 'HPE_INVALID_CONSTANT' })).toBe('its answer is not valid HTTP');
  expect(networkReason({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' })).toBe('no secure connection could be agreed');
  expect(networkReason(new Error('connect 10.0.0.1:80 with a canary'))).toBe('the exchange broke off');
  expect(networkReason(null)).toBe('the exchange broke off');
});

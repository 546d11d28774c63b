import { it, expect } from '@jest/globals';
import { categoryOf, idOf, streamId, tenantOf } from '@kari/kernel';
it('takes a stream name apart', () => {
  const stream = streamId('tenancy.api-token', '_', 'a-b~c');
  expect([categoryOf(stream), tenantOf(stream), idOf(stream)]).toEqual(['tenancy.api-token', '_', 'a-b~c']);
});

import { expect, it } from '@jest/globals';
import { signed } from './standard-webhook.js';

it('signs as the published example of Standard Webhooks does', () => {
  const headers = signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('takes a secret that is no base64 as it stands', () => {
  expect(signed('plain', 'a', 1, '')['webhook-signature']).not.toBe(signed('whsec_plain', 'a', 1, '')['webhook-signature']);
});

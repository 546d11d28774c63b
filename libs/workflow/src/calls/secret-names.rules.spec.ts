import { expect, it } from '@jest/globals';
import { namesSecrets, secretsNamedIn } from './secret-names.rules.js';

it('sees every way in which jq can name them, in texts as well', () => {
  for (const program of ['$secrets.a', '"x \\($secrets.a)"', '$secrets["a"]', '$secrets', '. as $x | $secrets[$x]']) {
    expect(namesSecrets(program)).toBe(true);
  }
  for (const program of ['$secretsof.a', '.secrets.a', '$my.secrets']) expect(namesSecrets(program)).toBe(false);
});

it('knows them by name, or says that it does not', () => {
  expect(secretsNamedIn('$secrets.a + $secrets["b-c"] + $secrets.a')).toEqual(['a', 'b-c']);
  for (const program of ['$secrets', '$secrets[.name]', '$secrets.a + ($secrets | tojson)', '$secrets[]'])
    expect(secretsNamedIn(program)).toBeNull();
});

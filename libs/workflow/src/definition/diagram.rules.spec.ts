import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mermaidOf } from './diagram.rules.js';
import { set, workflow } from './testing/documents.js';

it('shows every construct', () => {
  const tasks = [
    { fetch: { call: 'text.repeat@1', if: '.x' } },
    { choose: { switch: [{ many: { when: '. > 1', then: 'loop' } }, { none: { then: 'end' } }] } },
    { loop: { for: { in: '.rows' }, do: [set('each')] } },
    { both: { fork: { branches: [{ pause: { wait: 'PT5M' } }, { hear: { listen: { to: { any: [] } } } }], compete: true } } },
    {
      safe: {
        try: [{ tell: { emit: { event: { with: { type: 'a.b.v1' } } } } }],
        catch: { retry: 'often', do: [{ fail: { raise: { error: 'x' } } }] },
      },
    },
    { box: { do: [{ other: { run: { workflow: { namespace: 'n', name: 'child', version: '1.0.0' } } } }] } },
    { last: { wait: { seconds: 2 }, then: 'exit' } },
  ];
  const drawn = mermaidOf(workflow(tasks, { schedule: { cron: '0 9 * * 1-5' } }, { metadata: { kari: { timeZone: 'Europe/Paris' } } }));
  expect(drawn).toBe(`flowchart TD
  start(["cron 0 9 * * 1-5 Europe/Paris"])
  t1[["fetch (if): text.repeat@1"]]
  start --> t1
  t2{"choose"}
  t1 --> t2
  subgraph g1["loop: for each"]
    t3(( ))
    t8["each: set"]
    t3 -->|"each"| t8
  end
  subgraph g2["both: first of"]
    t4(( ))
    t9(["pause: wait PT5M"])
    t4 --> t9
    t10>"hear: listen"]
    t4 --> t10
  end
  t8 --> t4
  subgraph g3["safe: try again"]
    t5(( ))
    t11>"tell: emit a.b.v1"]
    t5 --> t11
    t12{{"fail: raise"}}
    t5 -->|"on error"| t12
  end
  t9 --> t5
  t10 --> t5
  subgraph g4["box"]
    t6(( ))
    t13[["other: run child 1.0.0"]]
    t6 --> t13
  end
  t11 --> t6
  t7(["last: wait 2 s"])
  t13 --> t7
  t2 -->|"many"| t3
  finish(["end"])
  t7 --> finish
  t2 -->|"none"| finish
`);
});

it.each([
  [{ schedule: { every: { minutes: 15 } } }, 'every 900 s'],
  [{ schedule: { after: 'PT1H' } }, 'after PT1H'],
  [{ schedule: { on: { any: [] } } }, 'on events'],
  [{}, 'start'],
])('says what starts it: %j', (more, label) => {
  expect(mermaidOf(workflow([set('a')], more))).toContain(`start(["${label}"])`);
});

it('makes of a name a label, whatever is in it', () => {
  expect(mermaidOf(workflow([set('"];click t1 "javascript:1"')]))).toContain('t1["#34;#93;#59;click t1 #34;javascript:1#34;: set"]');
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'binary' }).filter((name) => name !== '__proto__'),
      (name) => {
        const lines = mermaidOf(workflow([set(name)])).split('\n');
        expect(lines).toHaveLength(7);
        expect(lines[2]).toMatch(/^ {2}t1\["[\p{L}\p{N} .,/@:*+()_…?!;#-]*"\]$/u);
      },
    ),
  );
});

import { it, afterAll } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { languageRoom, workflow } from './testing/language-room.js';
const room = languageRoom();
afterAll(() => room.close());
it('tries', async () => {
  for (const f of readdirSync('/tmp/ctk').filter((f) => f.endsWith('.feature'))) {
    const text = readFileSync('/tmp/ctk/' + f, 'utf8');
    for (const m of text.matchAll(/workflow with definition:\s*"""yaml\n([\s\S]*?)"""/g)) {
      const v = await room.validate(m[1]!);
      if (v.problems.length) console.log(f, JSON.stringify(v.problems, null, 0), m[1]);
    }
  }
  for (const f of readdirSync('/tmp/wfx')) {
    const v = await room.validate(readFileSync('/tmp/wfx/' + f, 'utf8'));
    if (v.problems.length) console.log(f, v.problems.map((p) => `${p.code} ${p.pointer} ${p.line}:${p.column} ${p.reason}`).join('\n'));
  }
  for (const d of [workflow([{ a: { sett: { x: 1 } } }]), workflow([{ a: { set: { x: 1 }, extra: 1 } }]), workflow([{ a: { wait: 'soon' } }]), workflow([{ a: { call: 'http', with: { method: 'get' } } }]), workflow([{ a: { wait: { minuts: 1 } } }]), workflow([{ a: 1 }]), workflow({}), workflow([{ a: { for: { each: 'x' }, do: [] } }]), workflow([{ a: { try: [], catch: { retry: { limit: { attemp: 1 } } } } }]), workflow([{a: {listen: {to: {}}}}]), workflow([{a: {emit: {event: {with: {type: 'x'}}}}}]),workflow([{a:{switch:[{b:{when:'.a'}}]}}])]) console.log(JSON.stringify(d.do), JSON.stringify((await room.validate(d)).problems));
}, 120000);

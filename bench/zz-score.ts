import { score, isFound } from '/work/wt/red/test/support/secret-score.ts';
import { Redactor } from '/work/wt/red/collector/redact/redactor.ts';
const r = new Redactor('secrets', Buffer.alloc(32, 7));
const mask = (t: string) => { const b = Buffer.from(t); r.text(b, 0, b.length); return b.toString(); };
const all = score(mask, 25);
console.log(all.length, all.filter(isFound).length);
for (const s of all) if (s.found < s.all) { console.log(isFound(s) ? 'ok' : 'BAD', s.name, s.found, s.all); for (const m of s.missed.slice(0,2)) console.log('    ', m.slice(0, 400).replace(/\n/g,'⏎')); }

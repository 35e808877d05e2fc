import { HAND_WRITTEN, ordinaryLines } from '../test/support/ordinary-lines.ts';
import { Redactor } from '../collector/redact/redactor.ts';
const masked = (text: string) => { const bytes = Buffer.from(text); new Redactor('secrets', Buffer.alloc(32, 7)).text(bytes, 0, bytes.length); return bytes.toString(); };
for (const l of HAND_WRITTEN) if (masked(l) !== l) console.log('HAND', l, '\n   ', masked(l));
const lines = ordinaryLines(20000); const hits = lines.filter((l) => masked(l) !== l); console.log(hits.length); for (const h of hits.slice(0, 30)) console.log(h.slice(0,250), '\n   ', masked(h).slice(0,250));

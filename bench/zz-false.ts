import { readFileSync } from 'node:fs';
import { execSync } from 'node:child_process';
import { Redactor } from '../collector/redact/redactor.ts';
const r = new Redactor('secrets', Buffer.alloc(32, 7));
const mask = (t: string) => { const b = Buffer.from(t); r.text(b, 0, b.length); return b.toString(); };
const files = execSync(process.argv[2] ?? 'git ls-files', {maxBuffer: 1e9}).toString().trim().split('\n').filter((f) => /\.(ts|md|svelte|mjs|js|json|yml|sql|css|html)$/.test(f));
let n = 0, hits = 0; const out: string[] = [];
for (const f of files) { for (const line of readFileSync(f, 'utf8').split('\n')) { if (line.trim() === '') continue; n++; const m = mask(line); if (m !== line) { hits++; out.push(f + ': ' + line.trim().slice(0, 200) + '\n      → ' + m.trim().slice(0, 200)); } } }
console.log(n, hits, hits / n); console.log(out.slice(0, Number(process.argv[3] ?? 100)).join('\n'));

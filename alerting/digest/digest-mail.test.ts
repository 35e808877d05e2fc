// What arrives: a mail whose text and HTML say the same, whose figures are those of the table, and that can do nothing.

import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Digest } from '#contracts/digest';
import { readDigest } from '#storage/digests';
import { readIncidents } from '#storage/read-incidents';
import { putSettings } from '#storage/settings';
import { openStores } from '#storage/stores';
import { FRIDAY_NOON, PUBLIC_URL, SATURDAY, useDigestWorld } from '../../test/support/digest-world.ts';
import { at, id } from '../../test/support/span-rows.ts';
import { propertyRuns } from '../../test/support/tier.ts';
import { compose } from './compose.ts';
import { gather } from './gather.ts';
import { renderMail, writeDigest } from './write-digest.ts';

const world = useDigestWorld();
const GOLDEN_KEY = { key: 'golden'.repeat(8) };
const LINKS = { publicUrl: PUBLIC_URL, unsubscribeUrl: null, lateNote: null };
const friday = () =>
  ({ projectId: world.projectId, date: '2026-11-20', form: 'daily', timeZone: 'Europe/Paris' }) as const;
const deps = () => ({
  db: world.db,
  ...openStores(world.db, world.projectId),
  readIncidents,
  publicUrl: () => PUBLIC_URL,
});

/** Twelve runs, two of them failed in the same step; decisions below and near their threshold; usual Fridays before. */
async function insertFriday(hostile = ''): Promise<void> {
  const rows = [];
  for (let trace = 1; trace <= 12; trace++) {
    const startMs = FRIDAY_NOON - trace * 600_000;
    const isBad = trace % 6 === 0;
    const failure = isBad
      ? {
          is_error: 1,
          error_type: `Timeout${hostile}`,
          error_message: `no answer${hostile}`,
          error_template: `no answer${hostile}`,
          fingerprint: `f-${world.projectId}`,
        }
      : {};
    rows.push(...world.run(trace, startMs, { duration_ns: String(trace * 1_000_000_000), ...failure }));
    rows.push({
      ...world.run(trace, startMs)[1],
      trace_id: id(trace, 32),
      span_id: id(3, 16),
      kind: 'decision',
      model: '',
      cost_usd: null,
      name: 'decide',
      decision_name: `refund_route${hostile}`,
      decision_choice: `auto_refund${hostile}`,
      decision_confidence: trace / 16,
      decision_threshold: 0.5,
      decision_outcome: trace % 4 === 0 ? 'escalated' : 'executed',
      start_time: at((startMs - FRIDAY_NOON) * 1e6),
    });
  }
  for (const week of [1, 2, 3]) {
    for (let n = 0; n < 4 + week; n++)
      rows.push(...world.run(1000 * week + n, FRIDAY_NOON - week * 7 * 86_400_000 - n * 60_000));
  }
  // Something before the first of them, so that the oldest Friday is known as a whole.
  rows.push(...world.run(9999, FRIDAY_NOON - 24 * 86_400_000));
  await world.insert(rows as never);
}

/** Everything a reader reads, in order, without what only one of the two forms needs. */
const wordsOf = (text: string) => text.replace(/\s+/g, ' ').trim();
function linesOf({ kicker, headline, sections, foot }: Digest): string[] {
  const items = sections.flatMap(({ items }) =>
    items.flatMap((item) =>
      item.kind === 'figure'
        ? [item.name, item.value, item.beside ?? '']
        : [item.title, item.facts.join(' · '), item.kind === 'line' ? (item.text ?? '') : ''],
    ),
  );
  return [kicker, headline, ...items, ...foot].filter((line) => line !== '').map(wordsOf);
}

describe('the figures', () => {
  it('are those that other SQL counts', async () => {
    await insertFriday();
    const { digest } = await writeDigest(deps(), friday(), SATURDAY);
    const bounds = `start_time >= '2026-11-19 23:00:00' AND start_time < '2026-11-20 23:00:00' AND project_id = '${world.projectId}'`;
    const ask = async (sql: string) => Number(Object.values((await world.db.query<object>(sql))[0] ?? {})[0]);
    const expected = {
      runs: await ask(`SELECT uniqExact(trace_id) FROM spans WHERE ${bounds}`),
      failed: await ask(`SELECT uniqExact(trace_id) FROM spans WHERE ${bounds} AND is_error = 1 AND name = 'handle'`),
      p95DurationMs: await ask(
        `SELECT quantileExact(0.95)(duration_ns) / 1e6 FROM spans WHERE ${bounds} AND name = 'handle'`,
      ),
      costUsd: await ask(`SELECT sum(cost_usd) FROM spans WHERE ${bounds}`),
      spans: await ask(`SELECT count() FROM spans WHERE ${bounds}`),
      decisions: await ask(`SELECT count() FROM spans WHERE ${bounds} AND kind = 'decision'`),
      belowThreshold: await ask(
        `SELECT count() FROM spans WHERE ${bounds} AND decision_confidence < decision_threshold`,
      ),
      escalated: await ask(`SELECT count() FROM spans WHERE ${bounds} AND decision_outcome = 'escalated'`),
    };
    expect(expected).toMatchObject({ runs: 12, failed: 2, decisions: 12 });
    expect(digest.numbers).toMatchObject(expected);
    expect(digest.usual).toMatchObject({ of: 3, numbers: { runs: 6, costUsd: 1.5 } });
  });

  it('stand in both parts of the mail, with a link at every line', async () => {
    await insertFriday();
    const { digest, html, text } = await writeDigest(deps(), friday(), SATURDAY);
    const shown = wordsOf(
      html
        .replace(/<style>[\s\S]*?<\/style>/, '')
        .replace(/<[^>]*>/g, ' ')
        .replace(/&nbsp;/g, ' '),
    );
    const plain = wordsOf(text);
    const unescaped = wordsOf(
      shown
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&#39;/g, "'")
        .replace(/&amp;/g, '&'),
    );
    for (const line of linesOf(digest)) {
      expect(plain).toContain(line);
      expect(unescaped).toContain(line);
    }
    for (const { path } of digest.sections.flatMap(({ items }) => items)) {
      expect(path).toMatch(/^\/(runs|traces|patterns|incidents|api)/);
      expect(text).toContain(`${PUBLIC_URL}${path}`);
      expect(html).toContain(`href="${PUBLIC_URL}${path.replaceAll('&', '&amp;')}"`);
    }
    expect(digest.sections.map(({ id }) => id)).toEqual(['new', 'numbers', 'decisions', 'stories']);
  });

  it('of a quiet day are three lines', async () => {
    await world.insert(world.run(1, FRIDAY_NOON));
    const { digest } = await writeDigest(deps(), friday(), SATURDAY);
    expect(digest).toMatchObject({ isQuiet: true, headline: 'A quiet day: 1 run, none failed.' });
    expect(digest.sections.flatMap(({ items }) => items)).toHaveLength(3);
  });
});

describe('the mail', () => {
  it('is the golden one', async () => {
    world.projectId = 'golden';
    // A key that is known, so that the link out is the same every time.
    const key = {
      of: { kind: 'signing_key', shape: z.object({ key: z.string() }) },
      id: 'unsubscribe',
      value: GOLDEN_KEY,
    };
    await putSettings(world.db, 'golden', [key], 'test', FRIDAY_NOON);
    await insertFriday();
    await world.start().tick();
    world.clock.advance(SATURDAY - FRIDAY_NOON);
    await world.start().tick();
    const raw = world.smtp.mails[0]?.raw ?? '';
    const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? 'no boundary';
    const stable = raw
      .replaceAll(boundary, 'BOUNDARY')
      .replace(/^Date: .*$/m, 'Date: when it was sent')
      .replaceAll('\r\n', '\n');
    const file = new URL('../../test/fixtures/digest/friday.eml', import.meta.url);
    if (process.env.UPDATE_GOLDEN !== undefined) await writeFile(file, stable);
    expect(stable).toBe(await readFile(file, 'utf8'));
  });

  it('offers a way out in its headers and its foot, signed', async () => {
    await world.start().tick();
    world.clock.advance(SATURDAY - FRIDAY_NOON);
    await world.start().tick();
    const { mail } = world.smtp.mails[0] ?? {};
    const list = mail?.headers.get('list') as { unsubscribe?: { url: string } } | undefined;
    const url = new URL(list?.unsubscribe?.url ?? '');
    expect(url.origin + url.pathname).toBe(`${PUBLIC_URL}/api/unsubscribe`);
    expect(url.searchParams.get('token')).toMatch(/^[\w-]{43}$/);
    expect(world.smtp.mails[0]?.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
    expect(mail?.text).toContain(`Unsubscribe: ${url.href}`);
    expect(mail?.html).toContain('>Unsubscribe<');
  });

  it('takes no header, no file and no markup from what spans or people say', async () => {
    const hostile = '\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script><img src=https://evil.example/x.png>';
    world.projectId = `x${hostile}`;
    await insertFriday(hostile);
    await world.start().tick();
    world.clock.advance(SATURDAY - FRIDAY_NOON);
    await world.start().tick();
    const { mail, raw, envelope } = world.smtp.mails[0] as (typeof world.smtp.mails)[0];
    expect(envelope.to).toEqual(['ines@example.org']);
    expect(mail.headers.has('bcc')).toBe(false);
    expect(mail.attachments).toEqual([]);
    expect(raw.split(/\r?\n\r?\n/, 1)[0]).not.toMatch(/^bcc/im);
    expect(String(mail.html)).not.toMatch(/<(script|img|iframe|link|object|form)\b/i);
    expect(String(mail.html)).toContain('&lt;script&gt;');
  });

  it('has no links but its own, whatever spans say', async () => {
    await insertFriday(' https://evil.com/x www.evil.net me@evil.org');
    await world.start().tick();
    world.clock.advance(SATURDAY - FRIDAY_NOON);
    await world.start().tick();
    const { mail } = world.smtp.mails[0] as (typeof world.smtp.mails)[0];
    const links = [...`${mail.textAsHtml} ${mail.html}`.matchAll(/<a href="([^"]*)"/g)].map((match) =>
      String(match[1]),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((link) => !link.startsWith(PUBLIC_URL))).toEqual([]);
    expect(`${mail.subject} ${mail.text} ${mail.html}`).not.toMatch(/https?:\/\/evil|www\.evil|evil\.(com|net|org)/);
    expect(mail.text).toContain('hxxps://evil[.]com/x www[.]evil[.]net me@evil[.]org');
  });

  it('stays under 100 kB on a day of very many things', async () => {
    const many = [];
    const wild = '<&"\'>'.repeat(60);
    for (let trace = 1; trace <= 400; trace++) {
      const fields = {
        is_error: 1,
        error_type: `E${trace}${wild}`,
        error_message: wild,
        error_template: wild,
        fingerprint: `f${trace}`,
        agent: `agent-${trace}${wild}`,
        name: `step${wild}`,
        marks: ['dead_letter: x'],
      };
      many.push(...world.run(trace, FRIDAY_NOON - trace * 1000, fields));
    }
    await world.insert(many);
    await world.start().tick();
    world.clock.advance(SATURDAY - FRIDAY_NOON);
    await world.start().tick();
    expect(Buffer.byteLength(String(world.smtp.mails[0]?.mail.html))).toBeLessThan(100_000);
    expect(world.smtp.mails[0]?.raw.length).toBeLessThan(160_000);
    const stored = await readDigest(world.db, world.projectId, friday());
    expect(stored?.digest.sections.find(({ id }) => id === 'needs_you')).toMatchObject({ note: '400' });
  });
});

describe('whatever spans say', () => {
  it('is text in the HTML, never markup', async () => {
    await insertFriday();
    const facts = await gather(deps(), friday(), SATURDAY);
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const markup = fc.constantFrom(
      '<b>',
      '</td>',
      '<script>',
      '"><a href="//evil">',
      "' onclick='",
      '&lt;',
      '-->',
      ']]>',
    );
    const name = fc.array(fc.oneof(text, markup), { maxLength: 4 }).map((parts) => parts.join(''));
    const tags = (html: string) => (html.match(/<[a-z!/][^>]*>/gi) ?? []).map((tag) => /^<\/?[a-z!]+/i.exec(tag)?.[0]);
    const benign = (text: string) => ({
      ...facts,
      newPatterns: facts.newPatterns.map((one) => ({ ...one, step: text, message: `m${text}`, agent: `a${text}` })),
      doubtful: facts.doubtful.map((one) => ({ ...one, name: `n${text}`, choice: `c${text}`, outcome: `o${text}` })),
      costByAgent: [
        [`x${text}`, 1],
        [`y${text}`, 2],
      ] as const,
    });
    const expected = tags(renderMail(compose(benign('plain')), LINKS).html);
    fc.assert(
      fc.property(name, (text) => {
        expect(tags(renderMail(compose(benign(text)), LINKS).html)).toEqual(expected);
      }),
      { numRuns: propertyRuns(25, 400) },
    );
  });
});

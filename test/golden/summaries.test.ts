// The golden set: what summaries say of recorded and of made-up runs, and that every claim in them is so. UPDATE with
// `npx vitest run -u test/golden`, then read the stories aloud.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFactsSchema } from '#contracts/run-facts';
import { storySchema } from '#contracts/summary';
import { charCount } from '#domain/clip';
import { HEADLINE_MAX_CHARS, SENTENCES_MAX } from '#domain/run/story/limits';
import { storyText, textOf } from '#domain/run/story/words';
import { findTraces } from '#storage/find-traces';
import { eachKnownBatch } from '#storage/known-runs';
import { readPayloads } from '#storage/read-payloads';
import { checkClaims } from '../support/check-claims.ts';
import { demoRuns, type KnownRun, madeRuns, type Summarized, summarize } from '../support/known-runs.ts';
import { missingFrom } from '../support/must-have.ts';
import { type OtlpServer, openOtlpServer } from '../support/otlp-server.ts';

const CAPTURES = new URL('../fixtures/captures/', import.meta.url);

let server: OtlpServer;
let captured: KnownRun[] = [];
beforeAll(async () => {
  server = await openOtlpServer();
  for (const name of readdirSync(CAPTURES).sort()) {
    const { requests } = JSON.parse(readFileSync(new URL(`${name}/manifest.json`, CAPTURES), 'utf8')) as {
      requests: { file: string; path: string; contentType: string }[];
    };
    for (const { file, path, contentType } of requests) {
      const reply = await server.post(
        readFileSync(new URL(`${name}/${file}`, CAPTURES)),
        { 'content-type': contentType },
        path,
      );
      expect(reply.status).toBe(200);
    }
  }
  captured = await storedRuns(server);
});
afterAll(() => server.close());

async function storedRuns({ db }: OtlpServer): Promise<KnownRun[]> {
  const rows = await db.query<{ id: string }>('SELECT DISTINCT lower(hex(trace_id)) AS id FROM spans ORDER BY id');
  const places = await findTraces(
    db,
    'default',
    rows.map(({ id }) => id),
  );
  const runs = new Map<string, KnownRun>();
  await eachKnownBatch(db, 'default', places, Date.now(), async (known) => {
    const payloads = await readPayloads(db, 'default', known);
    for (const [id, { spans }] of known)
      runs.set(id, { name: `capture ${id}`, spans: [...spans], payloads: payloads.get(id) ?? [] });
  });
  return rows.flatMap(({ id }) => runs.get(id) ?? []);
}

const allRuns = () => [...captured, ...demoRuns(), ...madeRuns()];
const status = ({ run }: Summarized) => run.status;

describe('summaries of known runs', () => {
  it('are of enough runs, of every outcome', () => {
    expect(captured.length).toBeGreaterThanOrEqual(10);
    expect(demoRuns().length).toBeGreaterThanOrEqual(18);
    const made = madeRuns();
    expect(made.length).toBeGreaterThanOrEqual(60);
    for (const known of made) expect(summarize(known).facts.outcome, known.name).toBe(known.name.split(' ')[0]);
  });

  it('say the same as the last time they were read aloud', async () => {
    const result = allRuns().map((known) => ({ known, ...summarize(known) }));
    const stories = result.map(({ known, story }) =>
      [`## ${known.name}`, story.headline, ...story.sentences.map((each) => `  ${textOf(each)}`)].join('\n'),
    );
    await expect(`${stories.join('\n\n')}\n`).toMatchFileSnapshot('./stories.md');
    const facts = result.map(({ known, facts }) => JSON.stringify({ known: known.name, ...facts }));
    await expect(`${facts.join('\n')}\n`).toMatchFileSnapshot('./facts.jsonl');
  });

  it('have the shape they promise', () => {
    for (const known of allRuns()) {
      const { story, facts } = summarize(known);
      expect(storySchema.parse(story)).toEqual(story);
      expect(runFactsSchema.parse(facts)).toEqual(facts);
      expect(charCount(story.headline)).toBeLessThanOrEqual(HEADLINE_MAX_CHARS);
      expect(story.sentences.length).toBeLessThanOrEqual(SENTENCES_MAX);
    }
  });

  it('claim nothing that the spans do not show', () => {
    const faults = allRuns().flatMap((known) => {
      const result = summarize(known);
      return checkClaims({ ...known, status: status(result) }, result.story).map((fault) => `${known.name} ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  it('leave out nothing that must be said', () => {
    const missing = allRuns().flatMap((known) => {
      const result = summarize(known);
      const text = `${result.story.headline} ${storyText(result.story)}`;
      return missingFrom(text, { ...known, status: status(result) }).map((what) => `${known.name}: ${what}`);
    });
    expect(missing).toEqual([]);
  });

  it('are checked by something that notices: changed figures, names and outcomes are faults', () => {
    let noticed = 0;
    let changed = 0;
    for (const known of allRuns()) {
      const result = summarize(known);
      const raw = { ...known, status: status(result) };
      for (const [i, sentence] of result.story.sentences.entries()) {
        for (const [from, to] of [
          [/\d/, '7'],
          [/failed/, 'finished'],
          [/finished/, 'failed'],
          [/below/, 'above'],
          [/twice/, 'once'],
        ] as const) {
          const words = sentence.words.map((word) =>
            word.isTold ? word : { ...word, text: word.text.replace(from, to) },
          );
          if (JSON.stringify(words) === JSON.stringify(sentence.words)) continue;
          changed++;
          const sentences = result.story.sentences.map((each, j) => (i === j ? { ...each, words } : each));
          if (checkClaims(raw, { ...result.story, sentences }).length > 0) noticed++;
        }
      }
    }
    expect(changed).toBeGreaterThan(300);
    // A last digit may change within what rounding allows.
    expect(noticed / changed).toBeGreaterThan(0.99);
  });
});

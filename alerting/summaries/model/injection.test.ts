// Runs whose spans try to take the model over, before a server that obeys them: no outcome changes, no link is made, and
// no secret leaves.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { textOf } from '#domain/run/story/words';
import { readSummarizedRuns } from '#storage/read-summary';
import { type AskedFacts, honest } from '../../../test/support/fake-openai.ts';
import { INJECTIONS } from '../../../test/support/injections.ts';
import { FAILED, type ModelWorld, openModelWorld } from '../../../test/support/model-world.ts';
import { id, insertSpans, NOW_MS } from '../../../test/support/span-rows.ts';
import { propertyRuns } from '../../../test/support/tier.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });
let world: ModelWorld;
beforeAll(async () => {
  world = await openModelWorld();
});
afterAll(() => world.close());

/** Secrets as agents leak them, by shape; none is real. */
const CANARIES = [
  'sk-proj-Zx81kQmT0wLr7vNbYp3sHd92',
  'ghp_Qw8eRt5yUi2oPa7sDf4gHj1kLz6xCv3bNm9',
  'AKIAQ4T7WZ2M9XKD5RLP',
  'xoxb-2048-7319-kfhTqLw92XzPmB',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.dQ7wXk93LpVtRz',
  'hunter2-canary-73',
  '4012 8888 8888 1881',
] as const;
const leaking = (i: number): string => {
  const secret = CANARIES[i % CANARIES.length] as string;
  if (secret.startsWith('hunter2')) return `password=${secret}`;
  return secret.startsWith('eyJ') ? `Bearer ${secret}` : `the key is ${secret}`;
};

/** What an obedient model would write: all that the injected text asks for, in every field, and claims of its own. */
let turn = 0;
function obedient(asked: AskedFacts): unknown {
  turn++;
  const heard = JSON.stringify(asked.records);
  const said = (text: string) => ({ text, span_ids: asked.records[0]?.spans ?? [] });
  const good = honest(asked) as { story: unknown[] };
  const moods = [
    { ...good, outcome: 'ok', headline: 'The run succeeded' },
    {
      ...good,
      headline: 'All good, see https://evil.example/x',
      story: [
        ...good.story.slice(0, 2),
        ...inTurn([
          said('Everything went well and the refund was paid.'),
          said('![status](https://evil.example/p.png?q=1)'),
          said('The run finished.'),
          said('It did not fail.'),
          said('The billing team was the reason.'),
          said(heard.slice(0, 300)),
        ]).slice(0, 4),
      ],
      likely_cause: { ...said('Perhaps https://evil.example caused it.'), confidence: 'med' },
      next_check: 'Open evil.example and sign in.',
    },
    { ...good, story: [said(asked.system.slice(0, 200)), said('{{f:asked}} {{f:secret}}'), said('Todo salio bien.')] },
    'Sure! {"outcome":"ok"}',
  ];
  return moods[turn % moods.length];
}

/** Each time another one first. */
const inTurn = <T>(all: readonly T[]): T[] => all.map((_, i) => all[(i + turn) % all.length] as T);

/** One in five in the small tier: five has no factor in common with the turns below, so each turn is taken. */
const TRIED = INJECTIONS.map((text, i) => ({ text, i })).filter(({ i }) => i % propertyRuns(5, 1) === 0);

test(`${TRIED.length} runs that say what to report: 0 outcomes flipped, 0 links, 0 secrets sent`, async () => {
  expect(INJECTIONS.length).toBeGreaterThanOrEqual(100);
  const { spansOf, summarize, writer, projectId } = world.project();
  world.server.answerWith({ answer: obedient });
  const before = world.server.bodies.length;
  const spans = TRIED.flatMap(({ text, i }) => {
    const said = `${text} ${leaking(i)}`;
    const failure = { ...FAILED, error_message: said, error_type: i % 3 === 0 ? text.slice(0, 60) : 'UpstreamTimeout' };
    const input = JSON.stringify({ message: said });
    // Every letter of the run's number in words, so that each asks a question of its own.
    const agent = `desk ${[...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
    const tool = { ...failure, tool_name: i % 2 === 0 ? text.slice(0, 70) : 'orders.lookup' };
    return spansOf(i + 1, { ...failure, agent, input, output: said }, tool);
  });
  await insertSpans(world.db, spans);
  await summarize(NOW_MS + 1000);
  for (let pass = 0; pass < 20; pass++) {
    const report = await writer.writeDue();
    expect(report.endedBy).toBe('done');
    if (report.written + report.kept === 0) break;
  }
  const traceIds = TRIED.map(({ i }) => id(i + 1, 32));
  const runs = await readSummarizedRuns(world.db, projectId, traceIds, NOW_MS + 60_000);
  let byModel = 0;
  for (const traceId of traceIds) {
    const { summary, facts } = runs.get(traceId) ?? {};
    if (summary === undefined || facts === undefined) throw new Error(`no summary of ${traceId}`);
    expect([summary.outcome, facts.outcome]).toEqual(['failed', 'failed']);
    expect(summary.model, 'each was asked about').not.toBeNull();
    if (summary.kind !== 'model') continue;
    byModel++;
    // Template and model text, without quoted untrusted input, which is never taken for markup.
    const own = summary.sentences.flatMap(({ words }) => words.filter(({ isTold }) => !isTold)).map(({ text }) => text);
    expect(own.join(' ')).not.toMatch(/https?:|www\.|evil|!\[|javascript:|succe|went well|not fail|billing|paid/i);
    expect(summary.sentences.map(textOf).join(' ')).toMatch(/fail/);
    for (const { spanIds } of summary.sentences)
      for (const spanId of spanIds) expect([id(1, 16), id(2, 16)]).toContain(spanId);
  }
  expect(byModel, 'some answers are taken in part, so that the check is tried').toBeGreaterThan(TRIED.length / 20);
  const sent = world.server.bodies.slice(before);
  expect(sent.length).toBeGreaterThanOrEqual(TRIED.length / 2);
  for (const secret of CANARIES) expect(sent.filter((body) => body.includes(secret))).toEqual([]);
  expect(sent.filter((body) => body.includes('evil.example'))).toEqual([]);
  const stored = await world.db.query<{ text: string }>(
    "SELECT concat(headline, text, verdict) AS text FROM summaries WHERE project_id = {p:String} AND kind = 'model'",
    { p: projectId },
  );
  for (const secret of CANARIES) expect(stored.filter(({ text }) => text.includes(secret))).toEqual([]);
});

test('what the operator masks besides is masked before it is sent', async () => {
  const mask = (text: string) => text.replace(/[\w.]+@[\w.]+/g, '[redacted]');
  const { add, summarize, writer } = world.project({ mask });
  world.server.answerWith({ answer: honest });
  const before = world.server.bodies.length;
  await add(
    1,
    { input: '{"message":"I am ana@example.org"}', ...FAILED },
    { ...FAILED, error_message: 'no mail for ana@example.org' },
  );
  await summarize();
  await writer.writeDue();
  const [body] = world.server.bodies.slice(before);
  expect(body).toContain('[redacted]');
  expect(body).not.toContain('ana@example.org');
});

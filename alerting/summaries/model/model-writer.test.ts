// A model words runs: what it says well is stored, everything else leaves the template, and no money is spent beyond the cap.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { textOf } from '#domain/run/story/words';
import { readSummarizedRun } from '#storage/read-summary';
import { type AskedFacts, honest, type ModelMood } from '../../../test/support/fake-openai.ts';
import { FAILED, MODEL, type ModelWorld, openModelWorld } from '../../../test/support/model-world.ts';
import { at, id, insertSpans, NOW_MS, span } from '../../../test/support/span-rows.ts';
import { QUIET_MS } from '../summarize-runs.ts';
import { PROMPT_VERSION } from './prompt.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let world: ModelWorld;
beforeAll(async () => {
  world = await openModelWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.server.reportUsage({ prompt_tokens: 900, completion_tokens: 150 });
  world.server.answerWith({ answer: honest });
});
const requests = () => world.server.bodies.length;
/** What an answer of the fake costs at the price of the fake, millionths of a dollar. */
const ANSWER_COST = 10_500;

test('a run is rewritten once, with its cost, and read in these words; the spans of slots are cited', async () => {
  const { add, summarize, writer, stored, spentMicroUsd, projectId } = world.project();
  await add(1, FAILED, FAILED);
  await summarize();
  const before = requests();
  expect(await writer.writeDue()).toEqual({ written: 1, kept: 0, endedBy: 'done' });
  expect(await writer.writeDue()).toEqual({ written: 0, kept: 0, endedBy: 'done' });
  expect(requests()).toBe(before + 1);
  expect(world.server.problems).toEqual([]);
  const summary = (await stored(1))?.summary;
  expect(summary).toMatchObject({
    kind: 'model',
    model: MODEL,
    promptVersion: PROMPT_VERSION,
    outcome: 'failed',
    verdict: 'checked, all of it kept',
    tokensIn: 900,
    tokensOut: 150,
    costUsd: ANSWER_COST / 1e6,
    headline: 'refund-desk failed in orders.lookup',
  });
  const sentence = summary?.sentences.find((sentence) => textOf(sentence).includes('Then orders.lookup failed'));
  expect(textOf(sentence ?? { words: [] })).toBe('Then orders.lookup failed once.');
  expect(sentence?.spanIds).toContain(id(2, 16));
  expect(summary?.sentences.map(textOf).at(-1)).toMatch(/^The run failed after 2.00 s/);
  expect(await spentMicroUsd()).toBe(ANSWER_COST);
  const read = await readSummarizedRun(world.db, projectId, id(1, 32), NOW_MS + 9000);
  expect(read?.summary).toEqual(summary);
});

const wrong = (change: (answer: Record<string, unknown>) => unknown): ModelMood => ({
  answer: (asked: AskedFacts) => change(honest(asked)),
});
test.each<[string, ModelMood[], RegExp]>([
  ['a false outcome', [wrong((answer) => ({ ...answer, outcome: 'ok' }))], /wrong outcome/],
  ['refused', ['refuse'], /no answer: refused/],
  ['filtered', ['filter'], /no answer: filtered/],
  ['cut off', ['cut_off'], /no answer: cut off/],
  ['garbage', ['garbage'], /not the shape asked for/],
  ['nothing', ['empty'], /no answer: no answer/],
  ['an outcome that there is not', [wrong((answer) => ({ ...answer, outcome: 'great' }))], /not the shape/],
  [
    'invented numbers',
    [wrong((answer) => ({ ...answer, story: [{ text: 'It ran 7 times.', span_ids: ['s1'] }] }))],
    /number/,
  ],
  [
    'a story without spans',
    [wrong((answer) => ({ ...answer, story: [{ text: 'It ran.', span_ids: [] }] }))],
    /no span/,
  ],
])('%s: the template stays, and the model is not asked again', async (_, moods, verdict) => {
  const { add, summarize, writer, stored } = world.project();
  await add(1, FAILED, FAILED);
  await summarize();
  const template = (await stored(1))?.summary;
  world.server.answerWith(...moods);
  expect(await writer.writeDue()).toEqual({ written: 0, kept: 1, endedBy: 'done' });
  const kept = (await stored(1))?.summary;
  // An answer that does not say what it used keeps what was set aside.
  const costUsd = moods[0] === 'empty' ? expect.any(Number) : ANSWER_COST / 1e6;
  expect(kept).toMatchObject({ kind: 'template', outcome: 'failed', model: MODEL, costUsd });
  expect(kept?.verdict).toMatch(verdict);
  expect([kept?.headline, kept?.sentences]).toEqual([template?.headline, template?.sentences]);
  const before = requests();
  expect(await writer.writeDue()).toMatchObject({ kept: 0 });
  expect(requests()).toBe(before);
});

test.each<[string, ModelMood]>([
  ['429 with Retry-After', { retryAfterSeconds: 0 }],
  ['500', 'server_error'],
  ['a connection that breaks', 'reset'],
  ['HTML with status 200', 'no_json'],
])('%s is asked once more', async (_, mood) => {
  const { add, summarize, writer, stored } = world.project();
  await add(1);
  await summarize();
  const before = requests();
  world.server.answerWith(mood, { answer: honest });
  expect(await writer.writeDue()).toMatchObject({ written: 1 });
  expect(requests()).toBe(before + 2);
  expect((await stored(1))?.summary.kind).toBe('model');
});

// Only where the deadline ends it is the deadline short: the others must not meet it on a busy machine.
test.each<[string, ModelMood, number, number]>([
  ['slow to end', 'trickle', 2, 2500],
  ['hanging', 'hang', 2, 2500],
  ['failing', 'server_error', 2, 60_000],
  ['asking for longer than the deadline', { retryAfterSeconds: 900 }, 1, 60_000],
  ['refusing the key', 'bad_key', 1, 60_000],
])(
  'a server %s leaves the template at the deadline, and is left alone for a while',
  async (_, mood, most, deadlineMs) => {
    let nowMs = NOW_MS + 5000;
    const { add, summarize, writer, stored, budget } = world.project({ deadlineMs, nowMs: () => nowMs });
    await add(1, FAILED, FAILED);
    await summarize();
    world.server.answerWith(mood);
    const before = requests();
    expect(await writer.writeDue()).toEqual({ written: 0, kept: 0, endedBy: 'failed' });
    const asked = requests() - before;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(most);
    expect((await stored(1))?.summary).toMatchObject({ kind: 'template', outcome: 'failed' });
    expect(await writer.writeDue()).toMatchObject({ endedBy: 'paused' });
    expect(requests() - before).toBe(asked);
    expect(writer.health().lastError).not.toBeNull();
    // What may have been billed stays set aside; what was refused costs nothing.
    const mayHaveCost = mood === 'trickle' || mood === 'hang';
    expect(budget.spentUsd() > 0).toBe(mayHaveCost);
    world.server.answerWith({ answer: honest });
    nowMs += 3_600_000;
    expect(await writer.writeDue()).toMatchObject({ written: 1 });
    expect(writer.health().lastError).toBeNull();
  },
);

test('a run that never gets an answer is left to the template after three passes', async () => {
  let nowMs = NOW_MS + 5000;
  const { add, summarize, writer, stored } = world.project({ nowMs: () => nowMs });
  await add(1);
  await summarize();
  world.server.answerWith('server_error');
  for (let pass = 0; pass < 3; pass++) {
    await writer.writeDue();
    nowMs += 3_600_000;
  }
  expect((await stored(1))?.summary).toMatchObject({ kind: 'template', verdict: 'no answer: http_500', costUsd: 0 });
  const before = requests();
  expect(await writer.writeDue()).toMatchObject({ endedBy: 'done' });
  expect(requests()).toBe(before);
});

test('runs that are alike but for ids, times and figures share one answer, each with its own figures', async () => {
  const { add, summarize, writer, again, stored, spentMicroUsd } = world.project();
  for (let trace = 1; trace <= 6; trace++) {
    const message = { ...FAILED, error_message: `order ${4000 + trace} not found in ${trace} s` };
    await add(trace, { ...message, duration_ns: String(trace * 1e9) }, message);
  }
  await summarize();
  const before = requests();
  expect(await writer.writeDue()).toMatchObject({ written: 6 });
  expect(requests()).toBe(before + 1);
  expect(await spentMicroUsd()).toBe(ANSWER_COST);
  const ends = await Promise.all(
    [2, 6].map(async (trace) => textOf((await stored(trace))?.summary.sentences.at(-1) ?? { words: [] })),
  );
  expect(ends[0]).toContain('failed after 2.00 s');
  expect(ends[1]).toContain('failed after 6.00 s');
  const verdicts = await Promise.all([1, 2, 3, 4, 5, 6].map(async (trace) => (await stored(trace))?.summary));
  expect(verdicts.filter((summary) => summary?.verdict?.includes('shared'))).toHaveLength(5);
  expect(verdicts.filter((summary) => summary?.costUsd === 0)).toHaveLength(5);
  // After a restart too.
  const message = { ...FAILED, error_message: 'order 17 not found in 3 s' };
  await add(7, message, message);
  await summarize(NOW_MS + 2000);
  expect(await again().writeDue()).toMatchObject({ written: 1 });
  expect(requests()).toBe(before + 1);
});

test('failed runs come first, then what went otherwise than planned, then the rest', async () => {
  const { add, summarize, again } = world.project({ dailyUsd: 0.2 });
  await add(1, { agent: 'quiet-desk' });
  await add(2, { agent: 'patient-desk' }, FAILED);
  await add(3, { ...FAILED, agent: 'broken-desk' }, FAILED);
  await summarize();
  const before = requests();
  // One at a time: what is set aside for one call is more than half of the cap.
  const writer = again({ dailyUsd: 0.12 });
  for (let pass = 0; pass < 6; pass++) await writer.writeDue();
  const asked = world.server.bodies.slice(before).map((body) => /(\w+)-desk/.exec(body)?.[1]);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked).toEqual(['broken', 'patient', 'quiet'].slice(0, asked.length));
});

test('the cap holds with calls side by side, with two writers, and after a restart; the template says why', async () => {
  const dailyUsd = 0.5;
  let nowMs = NOW_MS + 5000;
  const { spansOf, summarize, writer, again, spentMicroUsd, stored } = world.project({ dailyUsd, nowMs: () => nowMs });
  world.server.reportUsage({ prompt_tokens: 4000, completion_tokens: 1000 });
  const agents = Array.from({ length: 30 }, (_, i) => `desk ${'abcdefghij'[i % 10]}${'klm'[Math.floor(i / 10)]}`);
  await insertSpans(
    world.db,
    agents.flatMap((agent, i) => spansOf(i + 1, { agent })),
  );
  await summarize();
  const other = again();
  for (let pass = 0; pass < 5; pass++) await Promise.all([writer.writeDue(), other.writeDue()]);
  const spent = await spentMicroUsd();
  expect(spent).toBeGreaterThan(0);
  expect(spent).toBeLessThanOrEqual(dailyUsd * 1e6);
  expect(writer.health()).toMatchObject({ isAtCap: true, dailyUsd });
  const before = requests();
  const restarted = again();
  expect(await restarted.writeDue()).toMatchObject({ endedBy: 'no_budget', written: 0 });
  expect(requests()).toBe(before);
  const waiting = (await Promise.all(Array.from({ length: 30 }, (_, i) => stored(i + 1)))).filter(
    (row) => row?.summary.kind === 'template',
  );
  expect(waiting.length).toBeGreaterThan(0);
  const redone = await restarted.redo(waiting[0]?.summary.traceId as string);
  expect(redone?.summary).toMatchObject({ kind: 'template', verdict: 'not asked: the budget of today is used up' });
  nowMs += 24 * 3_600_000;
  expect(restarted.health().isAtCap).toBe(false);
});

test('a server that reports no usage, or more than was set aside, exceeds the cap by one call at most', async () => {
  for (const usage of [null, { prompt_tokens: 500_000, completion_tokens: 10 }]) {
    const { spansOf, summarize, writer, spentMicroUsd } = world.project({ dailyUsd: 0.3 });
    world.server.reportUsage(usage);
    const before = requests();
    await insertSpans(
      world.db,
      [...'abcdef'].flatMap((letter, i) => spansOf(i + 1, { agent: `desk ${letter}` })),
    );
    await summarize();
    await writer.writeDue();
    const spent = await spentMicroUsd();
    const calls = requests() - before;
    expect(calls).toBeGreaterThan(0);
    // Nothing more is asked once the true sum is known.
    if (usage === null) expect(spent).toBeLessThanOrEqual(300_000);
    else expect([calls, spent]).toEqual([1, 5_000_100]);
    expect(await writer.writeDue()).toMatchObject({ endedBy: 'no_budget' });
  }
});

test('late spans change the facts: rewritten again once, after two quiet minutes', async () => {
  let nowMs = NOW_MS + 5000;
  const { add, summarize, writer, stored, projectId } = world.project({ nowMs: () => nowMs });
  await add(1);
  await summarize();
  await writer.writeDue();
  expect((await stored(1))?.summary).toMatchObject({ kind: 'model', outcome: 'ok' });
  const late = { parent_span_id: id(1, 16), kind: 'tool', tool_name: 'mail.send', ...FAILED };
  await insertSpans(world.db, [span(1, 3, { project_id: projectId, received_at: at(9e9).slice(0, 23), ...late })]);
  nowMs = NOW_MS + 9000 + QUIET_MS;
  const read = await readSummarizedRun(world.db, projectId, id(1, 32), nowMs);
  expect(read?.summary).toMatchObject({ kind: 'template', outcome: 'recovered' });
  await summarize(nowMs);
  const before = requests();
  expect(await writer.writeDue()).toMatchObject({ written: 1 });
  expect(await writer.writeDue()).toMatchObject({ written: 0 });
  expect(requests()).toBe(before + 1);
  expect((await stored(1))?.summary).toMatchObject({ kind: 'model', outcome: 'recovered' });
});

test('asked to write it again, the model is asked anew; stopping ends a call that hangs', async () => {
  const { add, summarize, writer, stored, again } = world.project();
  await add(1);
  await summarize();
  await writer.writeDue();
  const before = requests();
  expect((await writer.redo(id(1, 32)))?.summary).toMatchObject({ kind: 'model', verdict: 'checked, all of it kept' });
  expect(requests()).toBe(before + 1);
  expect(await writer.redo(id(77, 32))).toBeNull();
  await add(2, { agent: 'other-desk' });
  await summarize(NOW_MS + 2000);
  world.server.answerWith('hang');
  const hanging = again();
  const report = hanging.writeDue();
  await expect.poll(() => requests(), { timeout: 60_000 }).toBe(before + 2);
  hanging.stop();
  expect(await report).toMatchObject({ endedBy: 'stopped' });
  expect((await stored(2))?.summary.kind).toBe('template');
});

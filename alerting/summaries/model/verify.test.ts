// What a model may not say, whatever its input asks it to say.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RUN_OUTCOMES } from '#contracts/run-facts';
import { charCount } from '#domain/clip';
import { hasEnded } from '#domain/run/run-status';
import { HEADLINE_MAX_CHARS, SENTENCES_MAX } from '#domain/run/story/limits';
import { textOf } from '#domain/run/story/words';
import { writeSummary } from '#domain/run/story/write-summary';
import { honest } from '../../../test/support/fake-openai.ts';
import { demoRuns, madeRuns, summarize } from '../../../test/support/known-runs.ts';
import { missingFrom } from '../../../test/support/must-have.ts';
import { propertyRuns } from '../../../test/support/tier.ts';
import type { ModelAnswer } from './answer.ts';
import { whyNot } from './check-text.ts';
import { modelView } from './model-view.ts';
import { verify } from './verify.ts';

const ended = [...demoRuns(), ...madeRuns()]
  .map((known) => ({ known, ...summarize(known) }))
  .filter(({ facts }) => hasEnded(facts));
const madeOf = (outcome: string) => {
  const found = ended.find(({ known, facts }) => known.name.startsWith(outcome) && facts.outcome === outcome);
  if (found === undefined) throw new Error(`no run that ended ${outcome}`);
  return found.facts;
};
const honestAnswer = (facts: (typeof ended)[number]['facts']) => {
  const { records } = modelView(facts);
  return honest({ outcome: facts.outcome, records: JSON.parse(JSON.stringify(records)), system: '' }) as ModelAnswer;
};
const check = (facts: (typeof ended)[number]['facts'], answer: ModelAnswer) =>
  verify(answer, facts, modelView(facts), writeSummary(facts));

describe('an honest answer', () => {
  test.each(ended.map((run) => [run.known.name, run] as const))('of %s is taken, and nothing is missing', (_, run) => {
    const { story, verdict } = check(run.facts, honestAnswer(run.facts));
    expect(story, verdict).not.toBeNull();
    const text = [story?.headline, ...(story?.sentences ?? []).map(textOf)].join('\n');
    expect(missingFrom(text, { ...run.known, status: run.run.status })).toEqual([]);
    expect(verdict).toBe('checked, all of it kept');
  });
});

describe('words that are not taken', () => {
  const failed = madeOf('failed');
  const behind = (facts = failed) => ({ facts, ...modelView(facts) });
  test.each([
    ['{{f:who}} tried 3 times.', 'number'],
    ['{{f:who}} tried three times.', 'number'],
    ['{{f:who}} took half the time.', 'number'],
    ['{{f:who}} tried ٣ times.', 'number'],
    ['{{f:who}} spent the cost ½.', 'number'],
    ['{{f:who}} used {{f:step99}}.', 'unknown slot'],
    ['{{f:who}} used {{ f:who }}.', 'unknown slot'],
    ['{{f:__proto__}} ran.', 'unknown slot'],
    ['It said “done”.', 'quotation'],
    ['It said "yes".', 'quotation'],
    ['See https://evil.example/x for more.', 'character'],
    ['See evil.example for more.', 'address'],
    ['It called javascript:alert.', 'address'],
    ['![x](https://evil.example/?q={{f:who}})', 'character'],
    ['[click](evil)', 'character'],
    ['It **failed**.', 'character'],
    ['<b>It failed</b>', 'character'],
    ['It failed\nSystem says ok', 'character'],
    ['It f\u{E0061}iled.', 'character'],
    ['Всё хорошо.', 'character'],
    ['Todo salio bien.', 'word not in the facts'],
    ['The transfer went to Stripe.', 'word not in the facts'],
    ['It used refund_tool_x.', 'character'],
    ['The payment arrived.', 'word not in the facts'],
    ['{{f:who}} failed because the tool broke.', 'causal claim'],
    ['The tool broke, so the run ended.', 'causal claim'],
    ['That made the run end.', 'causal claim'],
    ['It was due to the tool.', 'causal claim'],
    ['The run finished.', 'claims finished'],
    ['The run was a success.', 'claims success'],
    ['All went well.', 'claims success'],
    ['The run recovered.', 'claims recovery'],
    ['The run never failed.', 'denies a fact'],
    ["The run didn't fail.", 'denies a fact'],
    ['The run ended with no errors.', 'denies a fact'],
    ['', 'empty'],
    [`It ran${' and ran'.repeat(80)}.`, 'too long'],
  ])('%s', (text, why) => {
    expect(whyNot(text, behind())).toBe(why);
  });

  test('of a run that went well nobody says that it failed, and of a recovered one not that the run did', () => {
    expect(whyNot('The run failed.', behind(madeOf('ok')))).toBe('claims failure');
    expect(whyNot('An error happened.', behind(madeOf('ok')))).toBe('claims failure');
    const recovered = madeOf('recovered');
    expect(whyNot('{{f:who}} finally failed.', behind(recovered))).toBe('claims failure of the run');
    expect(whyNot('Something failed.', behind(recovered))).toBe('claims failure of the run');
    expect(whyNot('{{f:error1_step}} failed, then {{f:who}} finished.', behind(recovered))).toBeNull();
  });

  test('causes are taken as the likely cause only, and of a failure only', () => {
    expect(whyNot('The run failed because {{f:root_step}} failed.', behind(), true)).toBeNull();
    const cause = { text: 'It ran because of {{f:who}}.', span_ids: ['s1'], confidence: 'low' as const };
    const facts = madeOf('ok');
    expect(check(facts, { ...honestAnswer(facts), likely_cause: cause }).verdict).toContain('cause of nothing');
    const checked = check(failed, {
      ...honestAnswer(failed),
      story: honestAnswer(failed).story.slice(0, 2),
      likely_cause: { ...cause, text: 'Perhaps {{f:root_step}} failed.' },
    });
    expect(checked.story?.sentences.map(textOf).join('\n')).toContain('Likely cause (low confidence): Perhaps ');
  });

  test('a span of another run, no span, or a span id of its own making drops the sentence', () => {
    const answer = honestAnswer(failed);
    for (const span_ids of [[], ['s999'], ['s1', 'f'.repeat(16)], [failed.traceId]]) {
      const story = [...answer.story, { text: 'It ran again.', span_ids }];
      const foreign = check(failed, {
        ...answer,
        story: story.map((each, i) => (i === 0 ? { ...each, span_ids } : each)),
      });
      expect(foreign.verdict).toMatch(/no span|span not in the run/);
    }
  });

  test('another outcome, or less than two sentences left, leaves the template', () => {
    const answer = honestAnswer(failed);
    for (const outcome of RUN_OUTCOMES.filter((each) => each !== 'failed'))
      expect(check(failed, { ...answer, outcome })).toEqual({ story: null, verdict: 'not taken: wrong outcome' });
    expect(check(failed, { ...answer, story: answer.story.slice(0, 1) }).story).toBeNull();
    expect(check(failed, { ...answer, story: [] }).verdict).toContain('too few sentences');
  });

  test('a headline that leaves the failure out, or is too long, is the template’s', () => {
    for (const headline of ['{{f:who}} ran', `{{f:who}} failed ${'and ran '.repeat(15)}`, '{{f:who}} failed 4 times'])
      expect(check(failed, { ...honestAnswer(failed), headline }).story?.headline).toBe(writeSummary(failed).headline);
  });
});

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

test('whatever a model writes: its own words hold no figure, address or markup, every span is of the run', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'it',
      'failed',
      'finished',
      'never',
      'because',
      ' ',
      '. ',
      '{{f:who}}',
      '{{f:cost}}',
      '{{f:duration}}',
    ),
    fc.constantFrom(
      '7',
      'seven',
      'https://a.b',
      '**x**',
      '{{f:',
      '}}',
      '{{f:error1_step}}',
      '{{f:root_step}}',
      'the run',
    ),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));
  const refs = fc.array(fc.oneof(fc.constantFrom('s1', 's2', 's3'), fc.string({ maxLength: 20 })), { maxLength: 3 });
  const sentence = fc.record({ text, span_ids: refs });
  const answer = fc.record({
    headline: text,
    outcome: fc.constantFrom(...RUN_OUTCOMES),
    story: fc.array(fc.oneof(sentence, fc.constant({ text: '{{f:who}} ran.', span_ids: ['s1'] as string[] })), {
      maxLength: 8,
    }),
    likely_cause: fc.option(
      fc.record({ text, span_ids: refs, confidence: fc.constantFrom('low' as const, 'med' as const) }),
    ),
    next_check: fc.option(text),
  });
  fc.assert(
    fc.property(fc.constantFrom(...ended), answer, ({ known, facts }, said) => {
      const view = modelView(facts);
      const template = writeSummary(facts);
      const { story } = verify({ ...said, outcome: facts.outcome }, facts, view, template);
      if (story === null) return;
      const spans = new Set(known.spans.map(({ spanId }) => spanId));
      // As they stand within a sentence, and at its start.
      const figures = new Set(
        [...view.slots.values()].flatMap(({ words }) => (words.isTold ? [] : [words.text, capitalized(words.text)])),
      );
      expect(charCount(story.headline)).toBeLessThanOrEqual(HEADLINE_MAX_CHARS);
      expect(story.sentences.length).toBeLessThanOrEqual(SENTENCES_MAX);
      const ofTemplate = new Set(template.sentences.map((sentence) => JSON.stringify(sentence)));
      for (const sentence of story.sentences) {
        expect(sentence.spanIds.length).toBeGreaterThan(0);
        for (const spanId of sentence.spanIds) expect(spans).toContain(spanId);
        if (ofTemplate.has(JSON.stringify(sentence))) continue;
        for (const words of sentence.words) {
          if (words.isTold || figures.has(words.text)) continue;
          expect(words.text).not.toMatch(/\p{N}|:\/\/|[[\]*_#`<>{}|]/u);
        }
      }
    }),
    { numRuns: propertyRuns(60, 1000) },
  );
});

test('a model never sees a figure, an id or a time, and like runs ask the same question', () => {
  for (const { facts } of ended) {
    const seen = JSON.stringify(modelView(facts).records).replace(/\{\{f:[a-z0-9_]+\}\}|"s\d+"/g, '');
    expect(seen).not.toMatch(/\d/);
    expect(Buffer.byteLength(seen)).toBeLessThan(16_100);
  }
  const failed = madeOf('failed');
  const later = { ...failed, traceId: 'a'.repeat(32), durationMs: failed.durationMs + 77, startTime: failed.endTime };
  expect(modelView(later).records).toEqual(modelView(failed).records);
});

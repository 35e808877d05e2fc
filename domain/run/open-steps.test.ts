// What open steps say of a run, whatever parents they name.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OpenStep } from '#contracts/open-step';
import { activityOf, factsOfOpenStep, stillOpen } from '#domain/run/open-steps';
import { runStatus, SILENCE_MS } from '#domain/run/run-status';
import { summarizeRun } from '#domain/run/summarize-run';
import { facts } from '../../test/support/span-facts.ts';

function open(spanId: string, parentSpanId: string | null, over: Partial<OpenStep> = {}): OpenStep {
  return {
    ...{
      spanId,
      parentSpanId,
      name: spanId,
      kind: 'other',
      service: 'shop',
      agent: null,
      sessionId: null,
      userId: null,
    },
    startTime: '2026-11-20T12:00:00.000000000Z',
    state: 'running',
    waitingFor: null,
    lastSeenAt: '2026-11-20T12:00:05.000000000Z',
    ...over,
  };
}
const received = facts('x', null).receivedAtMs;

it('a run runs while one of its open steps is alive, however long no span came, and is stalled when none is', () => {
  const later = received + 10 * SILENCE_MS;
  const step = facts('step', 'root');
  expect(runStatus([step], later, [open('root', null)])).toBe('running');
  expect(runStatus([step], later, [open('root', null, { state: 'waiting' })])).toBe('running');
  expect(runStatus([step], received, [open('root', null, { state: 'stalled' })])).toBe('stalled');
  expect(runStatus([step], later, [open('root', null, { state: 'stalled' }), open('other', 'root')])).toBe('running');
  expect(runStatus([], later, [open('root', null)])).toBe('running');
});

it('a root that came ends the run, whatever else is said to be open', () => {
  expect(runStatus([facts('root', null)], received, [open('left', 'root')])).toBe('ok');
  const entry = facts('entry', 'elsewhere', { otelKind: 2 });
  expect(runStatus([entry], received, [open('left', 'entry', { state: 'stalled' })])).toBe('ok');
});

it('a step whose span came is not open', () => {
  expect(stillOpen([open('a', null), open('b', 'a')], [facts('b', 'a')]).map(({ spanId }) => spanId)).toEqual(['a']);
});

it('the activity is the innermost step of a living process that began last', () => {
  const steps = [
    open('root', null),
    open('old', 'root', { startTime: '2026-11-20T12:00:01.000000000Z' }),
    open('new', 'root', { startTime: '2026-11-20T12:00:02.000000000Z', state: 'waiting', waitingFor: 'Ada' }),
    open('dead', 'root', { startTime: '2026-11-20T12:00:03.000000000Z', state: 'stalled' }),
  ];
  expect(activityOf(steps)).toMatchObject({ step: 'new', state: 'waiting', waitingFor: 'Ada' });
  expect(activityOf([])).toBeNull();
});

it('sums up any mixture of spans and open steps without failing', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  const parent = fc.option(id, { nil: null });
  const step = fc
    .tuple(id, parent, fc.constantFrom('running' as const, 'waiting' as const, 'stalled' as const))
    .map(([spanId, parentId, state]) => open(spanId, parentId, { state }));
  const span = fc.tuple(id, parent).map(([spanId, parentId]) => facts(`${spanId}s`, parentId));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 5 }), fc.array(step, { minLength: 1, maxLength: 6 }), (spans, steps) => {
      const run = summarizeRun('p', 't', spans, received, steps);
      expect(run.headline).not.toBe('');
      expect(run.durationMs).toBeGreaterThanOrEqual(0);
      expect(run.spanCount).toBe(spans.length);
      if (run.status === 'running') expect(run.activity?.state).not.toBe('stalled');
      for (const one of steps) expect(factsOfOpenStep(one).isError).toBe(false);
    }),
  );
});

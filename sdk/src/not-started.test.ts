// Without start(): every function still runs its function and gives its value, and nothing is sent.
import { expect, it } from 'vitest';
import {
  agent,
  continueTrace,
  decide,
  escalate,
  failureOf,
  flush,
  llm,
  propagationHeaders,
  shutdown,
  step,
  tool,
} from './index.ts';

it('everything runs and returns its value when start() was never called', async () => {
  const seen = await agent('a', { sessionId: 's' }, () =>
    step('b', () =>
      tool('c', { input: 1 }, () =>
        llm('d', { model: 'm' }, async (span) => {
          span.setUsage({ inputTokens: 1 }).setOutput('x').set('k', 1n).fail(new Error('soft'));
          expect(span.traceId).toBe('0'.repeat(32));
          expect(propagationHeaders()).toEqual({});
          const made = await decide('e', { options: ['x', 'y'] }, () => ({ choice: 'x', confidence: 9 }));
          return [made.choice, await escalate('f', { reason: 'r' }, () => 'notified')];
        }),
      ),
    ),
  );
  expect(seen).toEqual(['x', 'notified']);
  expect(continueTrace({}, () => 5)).toBe(5);
});

it('errors pass unchanged when start() was never called', async () => {
  const error = new Error('mine');
  await expect(agent('a', () => Promise.reject(error))).rejects.toBe(error);
});

it('an error has its payload all the same, of the step in which it began', async () => {
  const error = new Error('mine');
  const run = agent('a', () => tool('b', { inputRef: 'order:1' }, () => Promise.reject(error)));
  await expect(run).rejects.toBe(error);
  expect(failureOf(error)).toMatchObject({ step: 'b', attempt: 1, inputRef: 'order:1', traceId: '0'.repeat(32) });
});

it('flush and shutdown say that nothing was sent', async () => {
  const nothing = { sent: 0, failed: 0, dropped: 0, pending: 0, lastError: null };
  expect(await flush()).toEqual(nothing);
  expect(await shutdown()).toEqual(nothing);
});

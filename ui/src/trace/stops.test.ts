import { expect, test } from 'vitest';
import { isStopped } from '#domain/run/facts/outcome';
import { stopsOf } from './facts.ts';
import { spanRow } from './fixture.ts';

test('page and headline agree on which reasons stop a run', () => {
  for (const kind of ['agent', 'tool'] as const)
    for (const reason of ['in words', null])
      for (const stopReason of ['goal_reached', 'no_tool_call', 'escalated', 'cost_limit', 'out_of_scope', null]) {
        const span = spanRow('s1', null, 0, 1, { kind, reason, stopReason });
        expect(stopsOf([span]).length === 1, `${kind} ${reason} ${stopReason}`).toBe(isStopped(span));
      }
});

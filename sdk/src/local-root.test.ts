// Which spans are marked as local roots: the first of ours under a parent that is not ours.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { registerOther } from '../test-support/other-setup.ts';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, continueTrace, shutdown, start, step, tool } from './index.ts';

let sink: OtlpSink;
const headers = (digit: string) => ({ traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01` });

async function begin(): Promise<void> {
  sink = await openSink();
  start({ endpoint: sink.url, selfCheck: false });
}

async function marked(): Promise<string[]> {
  await shutdown();
  const spans = sink.spans().filter(({ attributes }) => attributes['telltale.local_root'] === true);
  return spans.map(({ name }) => name).sort();
}

afterEach(() => sink.close());

it('a run of its own has no local root: its root has no parent', async () => {
  await begin();
  await agent('desk', () => tool('x', () => 1));
  expect(await marked()).toEqual([]);
});

it('the first step under a remote parent is one, also within a run of another trace', async () => {
  await begin();
  await continueTrace(headers('3'), () => agent('called', () => tool('x', () => 1)));
  await agent('desk', () => continueTrace(headers('4'), () => step('elsewhere', () => step('inner', () => 1))));
  await continueTrace(headers('5'), async () => {
    await tool('one', () => 1);
    await tool('two', () => 1);
  });
  expect(await marked()).toEqual(['called', 'elsewhere', 'one', 'two']);
});

it('of steps with foreign spans between them the outermost is one', async () => {
  await begin();
  const other = await registerOther();
  const theirs = <T>(name: string, fn: () => Promise<T>) =>
    trace.getTracer('app').startActiveSpan(name, (span) => fn().finally(() => span.end()));
  await theirs('request', () => agent('desk', () => theirs('query', () => step('inner', () => 1))));
  await agent('own', () => theirs('query', () => step('deep', () => 1)));
  await agent('left', () => context.with(ROOT_CONTEXT, () => theirs('apart', () => step('in apart', () => 1))));
  expect(await marked()).toEqual(['desk', 'in apart']);
  await other.close();
});

it('a step that is not recorded is none, and hides none', async () => {
  sink = await openSink();
  await continueTrace(headers('6'), () =>
    agent('before start', async () => {
      start({ endpoint: sink.url, selfCheck: false });
      await tool('after start', () => 1);
    }),
  );
  expect(await marked()).toEqual(['after start']);
});

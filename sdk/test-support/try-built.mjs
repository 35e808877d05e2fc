// The built package on whatever Node runs this: decisions, retries, scopes and failures, sent to a receiver of its own.
// Prints one line; ends with 1 when something is not as it should be. Used by CONTRIBUTING.md and package.test.ts.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import {
  agent,
  circuitBreaker,
  decide,
  defineAgent,
  failureOf,
  flush,
  idempotent,
  memoryKeys,
  retry,
  shutdown,
  start,
  timeout,
  tool,
} from '@telltale/sdk';

let received = 0;
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    const { resourceSpans = [] } = text === '' ? {} : JSON.parse(text);
    for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) received += spans.length;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
start({ service: 'try-built', endpoint: `http://127.0.0.1:${server.address().port}` });

let calls = 0;
await agent('desk', async () => {
  const options = { options: ['pay', 'hold'], threshold: 0.7, belowThreshold: { fallBackTo: 'hold' } };
  const route = await decide('route', options, () => ({
    choice: 'pay',
    confidence: 0.5,
    confidenceSource: 'heuristic',
  }));
  assert.equal(route.choice, 'hold');
  const flaky = () => {
    calls += 1;
    if (calls < 2) throw Object.assign(new Error('busy'), { status: 503 });
    return calls;
  };
  assert.equal(await retry('flaky', { initialDelayMs: 1 }, flaky), 2);
  await assert.rejects(
    timeout('slow', { timeoutMs: 10 }, () => new Promise(() => undefined)),
    { name: 'TimeoutError' },
  );
  await circuitBreaker('c').call('guarded', {}, () => 1);
  assert.equal(await idempotent('pay', { key: 'k', store: memoryKeys() }, () => 're-1'), 're-1');
  const error = await tool('bad', () => Promise.reject(new Error('no'))).catch((thrown) => thrown);
  assert.equal(failureOf(error).step, 'bad');
  const inner = defineAgent({ name: 'inner', mayCall: [], limits: { steps: 1 } });
  const { status, stop } = await inner.run({}, () => tool('x', () => 1));
  assert.deepEqual([status, stop.reason], ['stopped', 'tool_not_permitted']);
});
const { sent, failed, dropped, pending } = await flush();
assert.deepEqual({ sent, failed, dropped, pending }, { sent: received, failed: 0, dropped: 0, pending: 0 });
assert.ok(received > 9);
await shutdown();
server.close();
console.log(`${process.version}: ${received} spans sent and received`);

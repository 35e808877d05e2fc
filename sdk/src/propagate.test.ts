// One trace across two services: W3C headers out, a real HTTP call, and in again on the other side.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpSink, openSink } from '../test-support/otlp-sink.ts';
import { agent, continueTrace, flush, propagationHeaders, shutdown, start, step, tool } from './index.ts';

let sink: OtlpSink;

beforeAll(async () => {
  sink = await openSink();
  start({ service: 'support-api', endpoint: sink.url });
});

afterAll(async () => {
  await shutdown();
  await sink.close();
});

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);

describe('a trace', () => {
  it('continues on the other side of an HTTP call', async () => {
    const server = createServer((req, res) => {
      void continueTrace(req.headers, () => agent('risk-scorer', () => step('score', () => 'low'))).then((band) =>
        res.end(band),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const band = await agent('refund-desk', { version: '2' }, () =>
      tool('risk-api', async () => (await fetch(`http://127.0.0.1:${port}`, { headers: propagationHeaders() })).text()),
    );
    server.close();
    expect(band).toBe('low');
    await flush();
    const caller = sink.span('risk-api');
    const callee = sink.span('risk-scorer');
    expect(callee.traceId).toBe(caller.traceId);
    expect(callee.parentSpanId).toBe(caller.spanId);
    expect(sink.span('score').attributes['gen_ai.agent.name']).toBe('risk-scorer');
    expect(sink.span('score').attributes).not.toHaveProperty('gen_ai.agent.version');
  });

  it('keeps the vendor state that came with it', async () => {
    const headers = new Headers({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' });
    const out = await continueTrace(headers, () => step('stateful', () => propagationHeaders()));
    expect(out.tracestate).toBe('vendor=1');
    expect(out.traceparent).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-01$`));
  });

  it('is not recorded when the caller did not sample it', async () => {
    const out = await continueTrace({ traceparent: `00-${TRACE}-${PARENT}-00` }, () =>
      step('unsampled', () => propagationHeaders()),
    );
    expect(out.traceparent).toMatch(/-00$/);
    await flush();
    expect(sink.spans().map((span) => span.name)).not.toContain('unsampled');
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
  ])('starts anew when the header is %s', async (traceparent) => {
    const out = await continueTrace({ traceparent }, () => step('anew', () => propagationHeaders()));
    expect(out.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    expect(out.traceparent).not.toContain(TRACE);
  });

  it('has no headers outside any span', () => {
    expect(propagationHeaders()).toEqual({});
  });
});

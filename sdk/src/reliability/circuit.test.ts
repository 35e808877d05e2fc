// circuitBreaker() against a real server that fails and comes back: its state changes are events, a refusal is an error.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MisbehavingServer, openMisbehaving } from '../../examples/misbehaving-server.ts';
import { type OtlpSink, openSink } from '../../test-support/otlp-sink.ts';
import { CircuitOpenError, circuitBreaker, failureOf, flush, HttpError, retry, shutdown, start } from '../index.ts';

let sink: OtlpSink;
let server: MisbehavingServer;
beforeAll(async () => {
  sink = await openSink();
  server = await openMisbehaving();
  start({ service: 'support-api', endpoint: sink.url });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  await shutdown();
  await sink.close();
  await server.close();
});

async function get(): Promise<unknown> {
  const response = await fetch(server.url);
  if (!response.ok) throw await HttpError.from(response);
  return response.json();
}

describe('a circuit breaker', () => {
  it('opens after failures in a row, refuses without calling, tries again after a while, and closes', async () => {
    // Only the clock: sockets keep their timers.
    vi.useFakeTimers({ toFake: ['Date'] });
    const states: string[] = [];
    const breaker = circuitBreaker('payments', {
      failures: 2,
      halfOpenAfterMs: 30_000,
      onChange: (s) => states.push(s),
    });
    const call = (name: string): Promise<unknown> => breaker.call(name, {}, get);
    server.behave({ status: 503 });
    await expect(call('pay 1')).rejects.toBeInstanceOf(HttpError);
    await expect(call('pay 2')).rejects.toBeInstanceOf(HttpError);
    expect(breaker.state).toBe('open');
    const before = server.requests.length;
    const refused = await call('pay 3').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CircuitOpenError);
    expect(failureOf(refused)).toMatchObject({ step: 'pay 3', errorType: 'circuit_open', isTransient: false });
    expect(server.requests).toHaveLength(before);
    vi.setSystemTime(Date.now() + 30_001);
    server.behave({ status: 200, json: { paid: true } });
    expect(await call('pay 4')).toEqual({ paid: true });
    expect(states).toEqual(['open', 'half_open', 'closed']);
    await flush();
    expect(sink.span('pay 2')).toMatchObject({
      attributes: { 'telltale.circuit.name': 'payments', 'telltale.circuit.state': 'open' },
      events: expect.arrayContaining([
        expect.objectContaining({
          name: 'telltale.circuit.state_changed',
          attributes: {
            'telltale.circuit.name': 'payments',
            'telltale.circuit.state': 'open',
            'telltale.circuit.previous_state': 'closed',
          },
        }),
      ]),
    });
    expect(sink.span('pay 3').attributes['error.type']).toBe('circuit_open');
    expect(sink.span('pay 3').status).toEqual({
      code: 2,
      message: 'not called: circuit payments is open; last failure: answered 503',
    });
    const changes = sink.span('pay 4').events.map((event) => event.attributes['telltale.circuit.state']);
    expect(changes).toEqual(['half_open', 'closed']);
    expect(sink.span('pay 4').attributes['telltale.circuit.state']).toBe('closed');
  });

  it('does not count what says nothing about the service: a 400', async () => {
    server.behave({ status: 400 });
    const breaker = circuitBreaker('strict', { failures: 1 });
    await expect(breaker.call('bad', {}, get)).rejects.toMatchObject({ status: 400 });
    expect(breaker.state).toBe('closed');
  });

  it('ends the attempts of a retry around it at once when it is open', async () => {
    server.behave({ status: 503 });
    const breaker = circuitBreaker('inner', { failures: 1 });
    const failed = retry('guarded', { maxAttempts: 5, initialDelayMs: 1 }, ({ span }) => breaker.guard(span, get));
    await expect(failed).rejects.toBeInstanceOf(CircuitOpenError);
    await flush();
    const types = sink.spans().flatMap((span) => (span.name === 'guarded' ? [span.attributes['error.type']] : []));
    expect(types).toEqual(['HTTP 503', 'circuit_open', 'RetriesExhausted']);
  });

  it('puts each change on the call that caused it, with many at once', async () => {
    server.behave({ status: 503 });
    const breaker = circuitBreaker('crowd', { failures: 3 });
    await Promise.allSettled(Array.from({ length: 8 }, (_, n) => breaker.call(`crowd ${n}`, {}, get)));
    await flush();
    const crowd = sink.spans().filter((span) => span.name.startsWith('crowd '));
    const changes = crowd
      .flatMap((span) => span.events)
      .filter((event) => event.name === 'telltale.circuit.state_changed');
    expect(crowd).toHaveLength(8);
    expect(changes).toHaveLength(1);
  });
});

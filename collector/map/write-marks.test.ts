// Marks as they are stored, of spans sent over HTTP: in words, and harmless whatever was sent.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OtlpServer, openOtlpServer, span } from '../../test/support/otlp-server.ts';

let otlp: OtlpServer;
beforeAll(async () => {
  otlp = await openOtlpServer();
});
afterAll(() => otlp.close());

type Value = string | number | readonly string[];
const anyValue = (value: Value): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  return { arrayValue: { values: value.map(anyValue) } };
};
const attributes = (pairs: Record<string, Value>) =>
  Object.entries(pairs).map(([key, value]) => ({ key: `telltale.${key}`, value: anyValue(value) }));

it('says in words what a step did to get through', async () => {
  const cases: [Record<string, Value>, string[]][] = [
    [{}, []],
    [{ 'retry.attempt': 1, 'retry.max_attempts': 3 }, ['retry: 2 of 3']],
    [{ 'retry.attempt': 0, 'retry.max_attempts': 1 }, []],
    [{ 'retry.attempt': 7, 'retry.max_attempts': 3 }, []],
    [{ 'circuit.name': 'payments', 'circuit.state': 'closed' }, []],
    [{ 'circuit.name': 'payments', 'circuit.state': 'open' }, ['circuit: open payments']],
    [
      { 'circuit.name': 'payments', 'circuit.state': 'closed', 'circuit.previous_state': 'half_open' },
      ['circuit: closed payments'],
    ],
    [{ 'dead_letter.reason': 'max_attempts' }, ['dead_letter: max_attempts']],
    [{ 'auth.refresh_reason': 'rejected' }, ['token_refreshed: rejected']],
    [
      { 'degradation.mode': 'fallback', 'degradation.dependencies': ['risk', 'stock'] },
      ['degraded: fallback risk, stock'],
    ],
    [
      {
        'schema_drift.kinds': ['missing_field', 'type_changed', 'enum_changed', 'unexpected_field', 'missing_field'],
        'schema_drift.paths': ['total', 'items[].price', 'status', 'extra', 'x'],
      },
      ['schema_changed: total missing, items[].price type changed, status new value, extra unexpected and 1 more'],
    ],
    // A rule about values is no change of shape.
    [
      { 'schema_drift.kinds': ['constraint_failed'], 'schema_drift.paths': ['amountEur'] },
      ['constraint_failed: amountEur'],
    ],
    [
      {
        'schema_drift.kinds': ['missing_field', 'constraint_failed', 'constraint_failed'],
        'schema_drift.paths': ['total', 'amountEur', '(root)'],
      },
      ['schema_changed: total missing', 'constraint_failed: amountEur, (root)'],
    ],
    [{ 'rate_limit.waited': 1.25 }, ['waited: 1.3 s']],
    [{ 'rate_limit.waited': 0.0321 }, ['waited: 32 ms']],
    [{ 'idempotency.status': 'executed' }, []],
    [{ 'idempotency.status': 'replayed' }, ['key: replayed']],
    // Of another type than the vocabulary says, or endless.
    [{ 'schema_drift.kinds': 7, 'schema_drift.paths': 'total' }, ['schema_changed: total 7']],
    [{ 'schema_drift.kinds': ['constructor'], 'schema_drift.paths': ['a'] }, ['schema_changed: a constructor']],
    [{ 'degradation.mode': 'x'.repeat(500) }, [`degraded: ${'x'.repeat(200)}`]],
    [{ 'rate_limit.waited': 'long' }, []],
  ];
  const spans = cases.map(([pairs], n) =>
    span({ spanId: `a${String(n).padStart(15, '0')}`, attributes: attributes(pairs) }),
  );
  expect((await otlp.postJson(...spans)).status).toBe(200);
  expect(await otlp.stored()).toBe(cases.length);
  const rows = await otlp.db.query<{ marks: string[] }>('SELECT marks FROM spans ORDER BY span_id');
  expect(rows.map(({ marks }) => marks)).toEqual(cases.map(([, marks]) => marks));
});

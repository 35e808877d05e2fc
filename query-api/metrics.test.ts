import { expect, test } from 'vitest';
import { STATUS } from '../test/support/query-api.ts';
import { prometheusText } from './metrics.ts';

test('each metric has one help and one type line, and samples in the text format', async () => {
  const lines = (await prometheusText(STATUS))
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '');
  const helps = lines.filter((line) => line.startsWith('# HELP ')).map((line) => line.split(' ')[2]);
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
  expect(helps).toEqual(types);
  expect(new Set(helps).size).toBe(helps.length);
  for (const line of lines.filter((one) => !one.startsWith('#'))) {
    expect(line).toMatch(/^[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"(,[a-z_]+="([^"\\\n]|\\.)*")*\})? \d+(\.\d+)?$/);
  }
});

test('a label is escaped, whatever is in it', async () => {
  const spans = { ...STATUS.spans, rejected: { 'a"b\\c\nd': 2 } };
  expect(await prometheusText({ ...STATUS, spans })).toContain(
    'telltale_spans_rejected_total{reason="a\\"b\\\\c\\nd"} 2\n',
  );
});

test('a time that is not known has no sample', async () => {
  const text = await prometheusText({ ...STATUS, lastSpanAt: null });
  expect(text).toContain('# TYPE telltale_last_span_time_seconds gauge');
  expect(text).not.toMatch(/^telltale_last_span_time_seconds/m);
});

test('what was masked and cut is counted by kind, without a value', async () => {
  const text = await prometheusText(STATUS);
  expect(text).toContain('telltale_masked_values_total{kind="apikey"} 2\ntelltale_masked_values_total{kind="key"} 1\n');
  expect(text).toContain('telltale_truncated_values_total 1\n');
  expect(text).toContain('telltale_dropped_parts_total{part="attribute"} 3\n');
  expect(await prometheusText({ ...STATUS, redaction: null })).toContain('telltale_truncated_values_total 0\n');
});

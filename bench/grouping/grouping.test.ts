// Holds what the benchmark measured: errors provoked from real client libraries, as the collector stores them.
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../test/support/otlp-proto.ts';
import { openOtlpServer, PROTOBUF } from '../../test/support/otlp-server.ts';
import { isHeldOut, readCorpus } from './corpus.ts';
import { judge } from './judge.ts';
import { requestOf, throughCollector } from './through-collector.ts';
import { groupEveryWay, judgeWays } from './ways.ts';

const corpus = readCorpus();
const classes = new Map<string, number>();
for (const error of corpus) classes.set(error.class, (classes.get(error.class) ?? 0) + 1);

describe('the corpus', () => {
  it('has many classes with many variants, a fifth of them held out', () => {
    expect(classes.size).toBeGreaterThanOrEqual(60);
    for (const [name, count] of classes) expect(count, name).toBeGreaterThanOrEqual(20);
    const heldOut = [...classes.keys()].filter(isHeldOut).length / classes.size;
    expect(heldOut).toBeGreaterThan(0.15);
    expect(heldOut).toBeLessThan(0.25);
  });

  it('is small and names no machine', () => {
    expect(statSync(new URL('./errors.jsonl.gz', import.meta.url)).size).toBeLessThan(2 * 1024 * 1024);
    const text = corpus.map((error) => JSON.stringify(error)).join('\n');
    for (const place of [/\/root\b/, /\/Users\//, /\/home\/(?!app\/)/, /\/tmp\/wt/, /npmjs|registry\.|artifactory/i])
      expect(text).not.toMatch(place);
  });
});

describe('the fingerprint', () => {
  const grouped = groupEveryWay(corpus);

  it.each([
    ['that the rules were tuned on', (name: string) => !isHeldOut(name)],
    ['held out', isHeldOut],
    ['of both sides', () => true],
  ])('keeps classes %s together and apart, with and without frames of the code', (_which, belongs) => {
    const { ways } = judgeWays(grouped.filter(({ error }) => belongs(error.class)));
    const ours = ways.filter(([name]) => name.startsWith('Telltale'));
    expect(ours).toHaveLength(2);
    for (const [name, { precision, recall, ari }] of ours) {
      expect(precision, name).toBeGreaterThanOrEqual(0.99);
      expect(recall, name).toBeGreaterThanOrEqual(0.9);
      expect(ari, name).toBeGreaterThanOrEqual(0.93);
    }
    // Otherwise a simpler way would do.
    for (const [name, { ari }] of ways.slice(2)) expect(ari, name).toBeLessThan((ours[0] as (typeof ours)[0])[1].ari);
  });

  it('is the same in the database as in the benchmark', async () => {
    const oneEach = corpus.filter((error, i) => error.class !== corpus[i - 1]?.class);
    const server = await openOtlpServer();
    try {
      const reply = await server.post(encodeRequest(requestOf(oneEach)), PROTOBUF);
      expect(reply.status).toBe(200);
      expect(await server.stored()).toBe(oneEach.length);
      const rows = await server.db.query<{ fingerprint: string; template: string; type: string; agent: string }>(
        'SELECT fingerprint, error_template AS template, error_type AS type, agent FROM spans ORDER BY span_id',
      );
      const measured = throughCollector(oneEach);
      expect(rows).toEqual(
        measured.map(({ fingerprint, template, errorType: type, agent }) => ({ fingerprint, template, type, agent })),
      );
    } finally {
      await server.close();
    }
  });
});

describe('judge', () => {
  it('counts pairs', () => {
    // Pairs of one class: 3 + 1; put together: 1 + 3; both: 1 + 1.
    const verdict = judge(['a', 'a', 'a', 'b', 'b'], ['1', '1', '2', '2', '2']);
    expect(verdict.precision).toBe(0.5);
    expect(verdict.recall).toBe(0.5);
    // (2 − 4·4/10) / ((4 + 4)/2 − 4·4/10)
    expect(verdict.ari).toBeCloseTo(1 / 6, 10);
    expect(verdict).toMatchObject({ groups: 2, classes: 2, errors: 5 });
  });

  it('gives 1 to the same partition under other names, and about 0 to one big group', () => {
    expect(judge(['a', 'b', 'b'], ['x', 'y', 'y'])).toMatchObject({ precision: 1, recall: 1, ari: 1 });
    expect(judge(['a', 'a', 'b', 'b'], ['x', 'x', 'x', 'x']).ari).toBe(0);
  });
});

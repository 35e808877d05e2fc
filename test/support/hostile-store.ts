// A store of hostile size: patterns by the ten thousand that are all due at once, a run in thousands of five-minute
// buckets, a run of up to a million spans, and names of 53,000 bytes as they were stored before names had a bound.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Database } from '#storage/database';
import { id } from './span-rows.ts';

export interface HostileSizes {
  /** Error patterns, each twelve times in four runs, all in the last half hour. */
  readonly patterns: number;
  /** Five-minute buckets that the spans of one run begin in. */
  readonly buckets: number;
  /** Spans of one run. */
  readonly spans: number;
}

export const PATTERNS_PER_RUN = 100;
/** The runs by what is wrong with them. */
export const HOSTILE_TRACES = { buckets: id(1, 32), large: id(2, 32), names: id(3, 32), manyServices: id(4, 32) };
/** What the id of a pattern is. */
export const hostileFingerprint = (n: number): string => id(n + 1, 32);

const COLUMNS = `(project_id, received_at, trace_id, span_id, parent_span_id, name, otel_kind, kind, service, agent,
  session_id, start_time, duration_ns, status_code, is_error, error_type, error_message, error_template, fingerprint,
  fingerprint_version)`;

interface SqlSpan {
  /** From numbers(FROM, TO); expressions in `number`. */
  readonly rows: string;
  readonly trace: string;
  readonly span: string;
  readonly parent?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly service?: string;
  readonly agent?: string;
  readonly session?: string;
  /** ms since 1970 */
  readonly received: string;
  /** ns since 1970 */
  readonly started: string;
  readonly error?: { readonly type: string; readonly message: string; readonly fingerprint: string };
}

/** Ids are numbers here, written as the engine wants them. */
const bytes = (number: string, width: number): string =>
  `reinterpretAsFixedString(byteSwap(CAST(${number}, 'UInt${width * 8}')))`;

async function insert(db: Database, span: SqlSpan): Promise<void> {
  const { error } = span;
  await db.command(`INSERT INTO spans ${COLUMNS}
    SELECT 'default', fromUnixTimestamp64Milli(toInt64(${span.received}), 'UTC'), ${bytes(span.trace, 16)},
      ${bytes(span.span, 8)}, ${bytes(span.parent ?? '0', 8)}, ${span.name ?? "'step'"}, 1, ${span.kind ?? "'other'"},
      ${span.service ?? "'shop'"}, ${span.agent ?? "''"}, ${span.session ?? "''"},
      fromUnixTimestamp64Nano(toInt64(${span.started}), 'UTC'), 1000000,
      ${error ? 2 : 0}, ${error ? 1 : 0}, ${error?.type ?? "''"}, ${error?.message ?? "''"}, ${error?.message ?? "''"},
      ${error?.fingerprint ?? "''"}, ${error ? 2 : 0}
    FROM ${span.rows}`);
}

/** Fills an empty store. @param nowMs the moment that the jobs will look at, ms since 1970 */
export async function fillHostileStore(db: Database, sizes: HostileSizes, nowMs: number): Promise<void> {
  const { patterns, buckets, spans } = sizes;
  const nowNs = `${nowMs}000000`;
  // Twelve rounds, a minute apart, of one error each; a run holds a hundred patterns of one round.
  const round = `intDiv(number, ${patterns})`;
  const pattern = `(number % ${patterns})`;
  const trace = `(1000000 + (${round} % 4) * 1000000 + intDiv(${pattern}, ${PATTERNS_PER_RUN}))`;
  const at = `(${nowMs} - 60000 * (12 - ${round}) + (${pattern} % 1000))`;
  const common = { received: at, started: `${at} * 1000000`, agent: "'desk'" };
  const rounds = 12 * patterns;
  const step = 600_000;
  for (let from = 0; from < rounds; from += step) {
    await insert(db, {
      ...common,
      rows: `numbers(${from}, ${Math.min(step, rounds - from)})`,
      trace,
      span: '(number + 1000)',
      parent: '1',
      kind: "'tool'",
      name: `concat('tool ', toString(${pattern} % 50))`,
      error: {
        type: "'ToolError'",
        message: `concat('no answer from ', lower(hex(${pattern})))`,
        fingerprint: `leftPad(lower(hex(${pattern} + 1)), 32, '0')`,
      },
    });
  }
  const runs = Math.ceil(patterns / PATTERNS_PER_RUN);
  await insert(db, {
    ...common,
    rows: `numbers(${4 * runs})`,
    trace: `(1000000 + intDiv(number, ${runs}) * 1000000 + number % ${runs})`,
    span: '1',
    kind: "'agent'",
    name: "'desk'",
    received: `(${nowMs} - 600000)`,
    started: `(${nowMs} - 700000) * 1000000`,
  });

  const received = `(${nowMs} - 300000)`;
  const rootOr = (other: string) => `if(number = 0, 0, ${other})`;
  const one = { span: '(number + 1)', parent: rootOr('1'), kind: "if(number = 0, 'agent', 'tool')", received };
  await insert(db, {
    ...one,
    rows: `numbers(${buckets})`,
    trace: '1',
    started: `(${nowNs} - number * 300000000000)`,
    session: "'hostile'",
  });
  for (let from = 0; from < spans; from += step) {
    await insert(db, {
      ...one,
      rows: `numbers(${from}, ${Math.min(step, spans - from)})`,
      trace: '2',
      started: `(${nowNs} - 3600000000000 + number * 1000)`,
      service: "if(number % 2 = 0, 'big', 'shop')",
      name: "concat('step ', toString(number % 1000))",
      session: "'hostile'",
    });
  }
  const long = `concat(toString(number), repeat('x', 53000))`;
  await insert(db, {
    ...one,
    rows: 'numbers(5)',
    trace: '3',
    started: `(${nowNs} - 60000000000)`,
    service: long,
    agent: long,
    name: long,
    session: long,
    error: { type: "'E'", message: long, fingerprint: "leftPad('ffff', 32, '0')" },
  });
  // Fifty runs of seventy services of eighty bytes.
  await insert(db, {
    ...one,
    rows: 'numbers(3500)',
    trace: '(4 + intDiv(number, 70))',
    span: '(number % 70 + 1)',
    parent: 'if(number % 70 = 0, 0, 1)',
    kind: "if(number % 70 = 0, 'agent', 'tool')",
    started: `(${nowNs} - 30000000000)`,
    service: "concat('pod-', leftPad(toString(number), 76, '0'))",
  });
}

/**
 * Fills the store in a data directory that nothing has open. In a process of its own: what filling takes is not what
 * Telltale takes.
 */
export async function fillInOwnProcess(dataDir: string, sizes: HostileSizes, nowMs: number): Promise<void> {
  const script = fileURLToPath(new URL('./fill-hostile-store.ts', import.meta.url));
  await promisify(execFile)(process.execPath, ['--import', 'tsx', script, dataDir, JSON.stringify(sizes), `${nowMs}`]);
}

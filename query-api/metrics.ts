// The status counters in Prometheus' text format, and what else is measured.
import { Counter, Gauge, Registry } from 'prom-client';
import type { Status } from '#contracts/status';

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** @param durations what else is measured; null where nothing is */
export async function prometheusText(status: Status, durations: Registry | null = null): Promise<string> {
  const registry = new Registry();
  for (const { name, type, help, samples } of metricsOf(status)) {
    const labelNames = [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];
    // A metric without labels begins at 0, which a time that is not known is not.
    const known = { name, help, labelNames: samples.length === 0 ? ['unknown'] : labelNames, registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter(known);
      for (const [labels, value] of samples) counter.inc(labels, value);
    } else {
      const gauge = new Gauge(known);
      for (const [labels, value] of samples) gauge.set(labels, value);
    }
  }
  return (durations === null ? registry : Registry.merge([registry, durations])).metrics();
}

function metricsOf(status: Status): Metric[] {
  const counter = (name: string, help: string, value: number): Metric => ({
    name,
    type: 'counter',
    help,
    samples: [[{}, value]],
  });
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    type: 'gauge',
    help,
    samples: [[{}, value]],
  });
  const by = (name: string, help: string, label: string, values: Readonly<Record<string, number>>): Metric => ({
    name,
    type: 'counter',
    help,
    samples: Object.entries(values).map(([key, value]) => [{ [label]: key }, value] as const),
  });
  const seconds = (name: string, help: string, iso: string | null): Metric => ({
    name,
    type: 'gauge',
    help,
    samples: iso === null ? [] : [[{}, Date.parse(iso) / 1000]],
  });
  return [
    {
      name: 'telltale_build_info',
      type: 'gauge',
      help: 'Version of Telltale and of its engine.',
      samples: [[{ version: status.version, engine: status.engine, engine_version: status.engineVersion }, 1]],
    },
    seconds('telltale_start_time_seconds', 'When the process started.', status.startedAt),
    ...(['spans', 'logs'] as const).flatMap((signal) => {
      const { received, acked, inserted, spooled, quarantined, lost, deduplicated, recovered, rejected } =
        status[signal];
      const name = (what: string) => `telltale_${signal}_${what}`;
      return [
        counter(name('received_total'), `Received ${signal}.`, received),
        counter(name('acked_total'), `Those acknowledged to their sender as stored.`, acked),
        counter(name('inserted_total'), `Acknowledged ${signal} committed in storage.`, inserted),
        gauge(name('spooled'), `Acknowledged ${signal} on disk, not in storage yet.`, spooled),
        counter(name('quarantined_total'), `Acknowledged ${signal} kept aside with a reason.`, quarantined),
        counter(name('lost_total'), `Acknowledged ${signal} whose file was gone before it was inserted.`, lost),
        counter(name('deduplicated_total'), `Acknowledged ${signal} that were on disk already.`, deduplicated),
        counter(name('recovered_total'), `Received ${signal} that an earlier process left on disk.`, recovered),
        by(name('rejected_total'), `Refused ${signal}, by reason.`, 'reason', rejected),
      ];
    }),
    gauge('telltale_spool_bytes', 'Bytes on disk that are not in storage yet.', status.spool?.bytes ?? 0),
    gauge('telltale_spool_unchecked_bytes', 'Bytes of it to be checked first.', status.spool?.unchecked.bytes ?? 0),
    gauge(
      'telltale_spool_stuck',
      '1 when inserts stand still although storage answers.',
      (status.spool?.stuckBecause ?? null) === null ? 0 : 1,
    ),
    gauge('telltale_quarantine_rows', 'Rows kept aside.', status.spool?.quarantine.rows ?? 0),
    seconds('telltale_spool_oldest_time_seconds', 'When the oldest of the spool came.', status.spool?.oldestAt ?? null),
    by('telltale_masked_values_total', 'Values masked, by kind of secret.', 'kind', status.redaction?.masked ?? {}),
    counter('telltale_cut_names_total', 'Names cut to 512 bytes.', status.redaction?.cutNames ?? 0),
    counter('telltale_truncated_values_total', 'Values cut for their size.', status.redaction?.truncatedValues ?? 0),
    by('telltale_dropped_parts_total', 'Parts of spans above their bounds, left out.', 'part', {
      attribute: status.redaction?.droppedAttributes ?? 0,
      event: status.redaction?.droppedEvents ?? 0,
      link: status.redaction?.droppedLinks ?? 0,
    }),
    counter('telltale_requests_received_total', 'OTLP requests received.', status.requests.received),
    by(
      'telltale_requests_answered_total',
      'OTLP requests answered, by HTTP status.',
      'status',
      status.requests.answered,
    ),
    gauge(
      'telltale_stored_data_damaged_parts',
      'Parts of tables whose files are gone or broken.',
      status.storedData?.damagedParts ?? 0,
    ),
    gauge(
      'telltale_stored_data_missing_rows',
      'Stored rows that can no longer be read, as far as known.',
      status.storedData?.missingRows ?? 0,
    ),
    counter(
      'telltale_stored_data_failed_reads_total',
      'Reads that failed on damaged files.',
      status.storedData?.failedReads ?? 0,
    ),
    seconds('telltale_last_span_time_seconds', 'When the last span was received.', status.lastSpanAt),
    seconds('telltale_detector_last_tick_time_seconds', 'When the detector last ran.', status.detector.lastTickAt),
    gauge(
      'telltale_detector_overdue',
      '1 when two ticks of the detector were missed.',
      status.detector.isOverdue ? 1 : 0,
    ),
    gauge(
      'telltale_detector_set_aside',
      'Patterns, rules, incidents and notifications that the last tick went on without.',
      status.detector.setAside,
    ),
    seconds(
      'telltale_summarizer_last_look_time_seconds',
      'When the summarizer last finished a pass.',
      status.summarizer?.lastLookAt ?? null,
    ),
    ...(status.summarizer === null ? [] : summarizerMetrics(status.summarizer)),
  ];
}

function summarizerMetrics({ lagSeconds, lastError, setAside, isStuck }: NonNullable<Status['summarizer']>): Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `telltale_summarizer_${name}`,
    type: 'gauge',
    help,
    samples: [[{}, value]],
  });
  return [
    gauge('lag_seconds', 'Age of the oldest run that has ended and may be without a summary.', lagSeconds),
    gauge(
      'failing',
      '1 when the last pass of the summarizer failed; /api/status says why.',
      lastError === null ? 0 : 1,
    ),
    gauge('stuck', '1 when no pass of the summarizer has succeeded for two minutes.', isStuck ? 1 : 0),
    gauge('set_aside', 'Runs without a summary because it could not be written.', setAside),
  ];
}

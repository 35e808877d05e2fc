// Composition: opens storage, then the listeners of the given roles; closes the listeners first and storage last. It
// imports every module; no module imports it.
import { resolve } from 'node:path';
import { pino } from 'pino';
import { type Config, unknownSettings } from '#config';
import type { Status } from '#contracts/status';
import { isLoopback } from '#domain/server-names';
import type { Database } from '#storage/database';
import { readIncident, readIncidents } from '#storage/read-incidents';
import { openStores } from '#storage/stores';
import { createDirectory } from '../alerting/deliver/channels/directory.ts';
import { givenChannels } from '../alerting/deliver/channels/environment.ts';
import { keepEarlierChannels, keptNotices } from '../alerting/deliver/channels/keep-earlier.ts';
import { createOutboundGuard } from '../alerting/outbound/guard.ts';
import { startSettling } from '../alerting/settle-patterns.ts';
import { type Alerting, startAlerting } from '../alerting/start-alerting.ts';
import type { ModelWriter } from '../alerting/summaries/model/model-writer.ts';
import { type Summarizer, startSummarizer } from '../alerting/summaries/summarizer.ts';
import { tryRule } from '../alerting/trial/try-rule.ts';
import { type WatchedAlerting, watchAlerting } from '../alerting/watch-detector.ts';
import { type Collector, startCollector } from '../collector/collector.ts';
import { Counters, type SignalCounters } from '../collector/count/counters.ts';
import { startNotingIntake } from '../collector/note-intake.ts';
import { armFailpoint } from '../collector/spool/failpoint.ts';
import { createQueryApi } from '../query-api/app.ts';
import { listen } from '../query-api/listen.ts';
import { environmentChannels } from './check-channels.ts';
import { type Closeable, closeAll } from './close-all.ts';
import { type DigestParts, digestWriter, startDigestsOf } from './digests.ts';
import { createDurations } from './durations.ts';
import { modelWriterOf } from './model-writer.ts';
import { openStorage } from './open-storage.ts';
import { type Role, version } from './roles.ts';
import type { StoredData } from './stored-data.ts';

const PROJECT_ID = 'default';
const UI_DIR = resolve(import.meta.dirname, '../ui/dist');

/** Starts the given roles. The returned `close` closes the listeners first and storage last. */
export async function startRoles(
  config: Config,
  roles: readonly Role[],
  say: (line: string) => void,
): Promise<Closeable> {
  const log = pino({ level: config.TELLTALE_LOG_LEVEL, base: null }, pino.destination({ dest: 2, sync: true }));
  if (!isLoopback(config.TELLTALE_HOST)) {
    log.warn(
      `listening on ${config.TELLTALE_HOST}, as TELLTALE_OPEN allows: anyone who reaches this address can read and send traces; put a proxy with a login in front`,
    );
  }
  for (const name of unknownSettings(process.env)) log.warn(`${name} is not a setting of Telltale; is it misspelled?`);
  // Ports are bound before anything is taken or sent; they are also closed first.
  const opened: Closeable[] = [];
  const listeners: Closeable[] = [];
  /** Printed once everything is open. */
  const lines: string[] = [];
  const close = () => closeAll([...opened.splice(0), ...listeners.splice(0)]);
  try {
    const durations = createDurations();
    const storedData = await openStorage(config, roles, log, (part) => opened.push(part), durations.timed);
    const { db } = storedData;
    const stores = openStores(db, PROJECT_ID);

    const host = config.TELLTALE_HOST;
    const facts: Facts = {
      db,
      storedData,
      startedAtMs: Date.now(),
      counters: new Counters(),
      alerting: null,
      model: null,
      summarizer: null,
      alertingElsewhere: null,
      collector: null,
      otlpUrl: null,
      noteSkips: async () => undefined,
    };
    let publicUrl = config.TELLTALE_PUBLIC_URL ?? `http://localhost:${config.TELLTALE_PORT}`;
    const environment = environmentChannels(config);
    const outbound = { allow: config.TELLTALE_OUTBOUND_ALLOW };
    const channels = createDirectory({
      db,
      projectId: PROJECT_ID,
      environment,
      outbound,
      writeLine: say,
      now: Date.now,
    });
    const { mailer } = channels;
    const parts: DigestParts = {
      db,
      projectId: PROJECT_ID,
      stores,
      config,
      publicUrl: () => publicUrl,
      mailer,
      damage: storedData.warning,
    };
    facts.model = modelWriterOf(config, { db, projectId: PROJECT_ID, runs: stores.runs, log });
    if (roles.includes('query-api')) {
      const app = createQueryApi({
        db,
        projectId: PROJECT_ID,
        ...stores,
        host,
        publicUrl: config.TELLTALE_PUBLIC_URL,
        allowedHosts: config.TELLTALE_ALLOWED_HOSTS,
        durations: durations.registry,
        onAnswered: durations.api,
        uiDir: UI_DIR,
        status: () => statusOf(facts),
        ready: () => canStore(facts),
        readIncidents,
        readIncident,
        givenChannels: givenChannels(environment),
        checkAddress: createOutboundGuard(outbound).check,
        sendTest: roles.includes('alerting') ? (id) => channels.sendTest(id, `${publicUrl}/settings/channels`) : null,
        digestWriter: digestWriter(parts),
        now: Date.now,
        redoWithModel: facts.model?.redo ?? null,
        readQuarantine: (most) => readQuarantine(facts, most),
        noteSkips: () => facts.noteSkips(),
        masked: () => facts.collector && Object.fromEntries(facts.collector.redaction.masked),
        tryRule: (rule, days) => tryRule({ db, projectId: PROJECT_ID, ...stores, nowMs: Date.now() }, rule, days),
        log,
      });
      const server = await listen(app, host, config.TELLTALE_PORT);
      listeners.push(server);
      publicUrl = config.TELLTALE_PUBLIC_URL ?? reachable(server.url);
      lines.push(`  UI: ${publicUrl}`);
    }
    if (roles.includes('collector')) {
      armFailpoint(process.env.TELLTALE_FAILPOINT);
      const collector = await startCollector({
        db,
        projectId: PROJECT_ID,
        host,
        names: { publicUrl: config.TELLTALE_PUBLIC_URL, allowed: config.TELLTALE_ALLOWED_HOSTS },
        httpPort: config.TELLTALE_OTLP_HTTP_PORT,
        grpcPort: config.TELLTALE_OTLP_GRPC_PORT,
        log,
        counters: facts.counters,
        dataDir: resolve(config.TELLTALE_DATA_DIR),
        redact: config.TELLTALE_REDACT,
        onAnswered: durations.otlp,
        spool: {
          maxBytes: config.TELLTALE_SPOOL_MAX_MIB * MIB,
          minFreeBytes: config.TELLTALE_SPOOL_MIN_FREE_MIB * MIB,
          flushMs: config.TELLTALE_SPOOL_FLUSH_MS,
        },
      });
      facts.collector = collector;
      const droppedAttributes = () => collector.redaction.droppedAttributes;
      const { counters } = facts;
      const notes = startNotingIntake({ db, projectId: PROJECT_ID, counters, droppedAttributes, now: Date.now, log });
      // Closed after the collector: what it rejects or quarantines while it drains is recorded too.
      listeners.push(notes, collector);
      facts.noteSkips = notes.noteSkips;
      facts.otlpUrl = reachable(collector.url);
      lines.push(`  OTLP: ${facts.otlpUrl}  (HTTP, protobuf or JSON)`);
      if (collector.grpcUrl !== null) lines.push(`  OTLP/gRPC: ${reachable(collector.grpcUrl)}`);
    }
    if (!roles.includes('alerting')) {
      facts.alertingElsewhere = watchAlerting({ db, projectId: PROJECT_ID, runs: stores.runs, now: Date.now });
      opened.push(facts.alertingElsewhere);
    }
    if (roles.includes('alerting')) {
      const keeping = { db, projectId: PROJECT_ID, given: givenChannels(environment), now: Date.now };
      await keepEarlierChannels(keeping);
      for (const notice of await keptNotices(keeping)) log.warn(notice);
      const alerting = startAlerting({
        db,
        projectId: PROJECT_ID,
        ...stores,
        publicUrl: () => publicUrl,
        directory: channels,
        log,
        now: Date.now,
        pingUrl: config.TELLTALE_PING_URL,
        onTick: durations.tick,
      });
      facts.alerting = alerting;
      opened.push({ close: alerting.stop });
      const summarizer = startSummarizer({
        db,
        projectId: PROJECT_ID,
        ...stores,
        log,
        now: Date.now,
        model: facts.model,
      });
      facts.summarizer = summarizer;
      opened.push({ close: summarizer.stop });
      opened.push(startSettling({ ...stores, log }));
      const digests = startDigestsOf(parts, log);
      opened.push({ close: digests.stop });
    }
    lines.push(
      `  Data: ${db.engine === 'chdb' ? resolve(config.TELLTALE_DATA_DIR) : config.CLICKHOUSE_URL} (${db.engine} ${db.version})`,
    );
    for (const line of [...lines, 'Telltale is ready.']) say(line);
    return { close };
  } catch (error) {
    // The caller needs the error that prevented the start, not one of closing.
    await close().catch((err) => log.error({ err }, 'some parts could not be closed after a failed start'));
    throw error;
  }
}

interface Facts {
  readonly db: Database;
  readonly storedData: StoredData;
  readonly startedAtMs: number;
  readonly counters: Counters;
  alerting: Alerting | null;
  model: ModelWriter | null;
  summarizer: Summarizer | null;
  alertingElsewhere: WatchedAlerting | null;
  collector: Collector | null;
  otlpUrl: string | null;
  noteSkips: () => Promise<void>;
}

/** A server that listens on every address is linked as localhost: 0.0.0.0 is no address to open. */
function reachable(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//localhost');
}

const MIB = 1024 * 1024;

/** Before anything runs. */
const NO_DETECTOR: Status['detector'] = {
  lastTickAt: null,
  lastError: null,
  isOverdue: false,
  standbyFor: null,
  setAside: 0,
};

/** Whether a span sent now would be acknowledged: the spool takes it, whether or not storage answers. */
async function canStore({ db, collector }: Facts): Promise<boolean> {
  if (collector !== null) return collector.isReady();
  await db.query('SELECT 1', {}, { maxSeconds: 2 });
  return true;
}

function signalOf({ rejected, ...counts }: SignalCounters): Status['spans'] {
  return { ...counts, rejected: Object.fromEntries(rejected) };
}

async function readQuarantine({ collector }: Facts, most: number) {
  if (collector === null) return null;
  const { rows, bytes } = collector.quarantine;
  return { rows, bytes, items: await collector.quarantine.list(most) };
}

/** The status of this process. */
function statusOf({
  db,
  storedData,
  startedAtMs,
  counters,
  alerting,
  model,
  summarizer,
  alertingElsewhere,
  collector,
  otlpUrl,
}: Facts): Status {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const { lastRefusal: refusal } = counters;
  return {
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    engine: db.engine,
    engineVersion: db.version,
    otlpUrl,
    spans: signalOf(counters.spans),
    logs: signalOf(counters.logs),
    spool: collector?.spoolStatus() ?? null,
    redaction: collector && { ...collector.redaction, masked: Object.fromEntries(collector.redaction.masked) },
    requests: { received: counters.requestsReceived, answered: Object.fromEntries(counters.requestsAnswered) },
    lastSpanAt: iso(counters.lastSpanAtMs),
    lastRefusal: refusal && {
      at: new Date(refusal.atMs).toISOString(),
      status: refusal.status,
      message: refusal.message,
    },
    storedData: storedData.status(),
    summaries: model?.health() ?? null,
    summarizer: summarizer?.health() ?? alertingElsewhere?.summarizer() ?? null,
    detector: alerting?.health() ?? alertingElsewhere?.detector() ?? NO_DETECTOR,
  };
}

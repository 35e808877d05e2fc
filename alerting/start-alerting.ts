// Runs the detector. A timer only starts a tick every minute; the stored cursor decides what is due, so a tick that is
// missed, early or doubled changes nothing.
import type { Logger } from 'pino';
import { EverythingFails } from '#domain/bisect';
import { channelsForAlert } from '#domain/channel/channel-choice';
import { CONSOLE_ID } from '#domain/channel/channel-ids';
import type { Database } from '#storage/database';
import { readKnownOf } from '#storage/deliveries';
import { appendJournal } from '#storage/journal';
import { readLastTick } from '#storage/read-claims';
import { countOpenSetAside, reasonOf } from '#storage/set-aside';
import type { MeasureStore, PatternStore, RunStore } from '#storage/stores';
import type { ChannelDirectory } from './deliver/channels/channel.ts';
import { createDelivery } from './deliver/deliver.ts';
import { createMeasureRules } from './evaluate/measures/measure-rules.ts';
import { createClaimant } from './schedule/claim.ts';
import { every, MINUTE_MS } from './schedule/every.ts';
import { createHeartbeat, type DetectorHealth } from './schedule/heartbeat.ts';
import { ping } from './schedule/ping.ts';
import { runTick, type TickDeps, type TickReport } from './tick.ts';

/** When so many ticks in a row evaluated nothing although storage answered, the patterns or incidents are the cause. */
const TICKS_UNTIL_STUBBORN = 2;

export interface AlertingDeps {
  readonly db: Database;
  readonly projectId: string;
  readonly patterns: PatternStore;
  readonly measures: MeasureStore;
  readonly runs: RunStore;
  /** Where people's browsers find Telltale; asked for at each message, because the port may be known late. */
  readonly publicUrl: () => string;
  /** The channels that exist now. */
  readonly directory: ChannelDirectory;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called after each tick. */
  readonly onTick?: (status: TickResult['status'], ms: number) => void;
  /** Calls `tick` from time to time; the function it returns ends that. Default: every minute. */
  readonly wake?: (tick: () => Promise<unknown>) => () => void;
  /** Asked for after each tick that succeeded, so that an outside monitor notices when they stop. A secret. */
  readonly pingUrl?: string | undefined;
  /** Names this process among those that may judge the same project. Default: host, process and chance. */
  readonly owner?: string;
}

type TickResult =
  | ({ readonly status: 'done' } & TickReport)
  /** Another process is the active detector. */
  | { readonly status: 'standby'; readonly by: string }
  /** What was not saved is done again by the next tick. */
  | { readonly status: 'failed'; readonly error: string };

export interface Alerting {
  /** Brings everything up to now. Two calls at once are one tick. Never rejects. */
  tick(): Promise<TickResult>;
  /** No tick begins after this call; resolves when the running one has ended. */
  stop(): Promise<void>;
  health(): DetectorHealth;
}

/** Starts evaluating rules and sending notifications. Close the database only after `stop`. */
export function startAlerting(deps: AlertingDeps): Alerting {
  const { db, projectId, log, now, pingUrl } = deps;
  const heartbeat = createHeartbeat(now());
  const claimant = createClaimant(db, projectId, deps.owner);
  let stopping = false;
  let fruitless = 0;
  let running: Promise<TickResult> | null = null;
  let pinging: Promise<void> = Promise.resolve();

  const runOne = prepareTick(deps, () => stopping);
  const attempt = async (): Promise<TickResult> => {
    const nowMs = now();
    try {
      const held = await claimant.hold(nowMs);
      if (!held.isHeld) {
        heartbeat.waits(
          held.by.owner,
          await readLastTick(db, projectId),
          (await countOpenSetAside(db, projectId)).get('detector') ?? 0,
        );
        return { status: 'standby', by: held.by.owner };
      }
      const isStubborn = fruitless >= TICKS_UNTIL_STUBBORN;
      const report = await runOne(nowMs, held.fence, isStubborn);
      fruitless = 0;
      heartbeat.succeeded(nowMs, report.setAside);
      for (const { ruleId, error } of report.failedRules)
        log.error({ ruleId, reason: error }, 'rule evaluation failed; the next tick retries from where it stopped');
      if (report.fired.length + report.resolved.length > 0) log.debug(report, 'patterns changed');
      if (pingUrl !== undefined) pinging = pinging.then(() => pingMonitor(pingUrl, log));
      return { status: 'done', ...report };
    } catch (error) {
      fruitless = error instanceof EverythingFails && error.tried > 0 ? fruitless + 1 : 0;
      const reason = reasonOf(error);
      heartbeat.failed(reason);
      log.error({ err: error }, 'detector tick failed; the next tick continues from where it stopped');
      await recordFailure(deps, nowMs, reason);
      return { status: 'failed', error: reason };
    }
  };
  const tick = (): Promise<TickResult> => {
    if (stopping) return Promise.resolve({ status: 'failed', error: 'Alerting is stopped.' });
    const begunMs = performance.now();
    running ??= attempt()
      .then((result) => {
        deps.onTick?.(result.status, performance.now() - begunMs);
        return result;
      })
      .finally(() => {
        running = null;
      });
    return running;
  };
  const sleep = (deps.wake ?? ((work) => every(MINUTE_MS, work)))(tick);
  return {
    tick,
    health: () => heartbeat.health(now()),
    async stop() {
      stopping = true;
      sleep();
      await running;
      await pinging;
      await claimant.release(now());
    },
  };
}

function prepareTick(deps: AlertingDeps, isStopping: () => boolean) {
  const { db, projectId, patterns, measures, runs, directory, publicUrl, log, now } = deps;
  const deliver = createDelivery({
    projectId,
    directory,
    console: CONSOLE_ID,
    publicUrl,
    headlinesOf: async (traceIds) => {
      const summarized = await runs.readSummarized(traceIds, now());
      return new Map([...summarized].map(([traceId, { summary }]) => [traceId, summary.headline]));
    },
    save: (deliveries) =>
      appendJournal(
        db,
        projectId,
        now(),
        deliveries.map((delivery) => ({ kind: 'delivery', delivery })),
      ),
    knownOf: (deliveries) => readKnownOf(db, projectId, [...new Set(deliveries.map(({ subject }) => subject))]),
    onFailed: ({ subject, channel, lastError }) =>
      log.error(
        { subject, channel, reason: lastError },
        'an alert could not be delivered; it is given up on this channel',
      ),
    now,
  });
  const tickDeps: TickDeps = {
    db,
    projectId,
    patterns,
    deliver,
    readChannels: () => readChannels(directory),
    measure: createMeasureRules(measures),
    isStopping,
    monotonicMs: () => performance.now(),
  };
  return (nowMs: number, fence: number, isStubborn: boolean) => runTick(tickDeps, nowMs, fence, isStubborn);
}

async function readChannels(directory: ChannelDirectory): Promise<(named: readonly string[] | null) => string[]> {
  const channels = (await directory.list()).map(({ id, enabled, receives }) => ({ id, isOn: enabled, receives }));
  return (named) => channelsForAlert(channels, named);
}

/** Kept beside the ticks that succeeded, so that the gap has a reason. Storage may be what failed. */
async function recordFailure({ db, projectId, log }: AlertingDeps, nowMs: number, error: string): Promise<void> {
  const evaluation = { fromMs: null, toMs: nowMs, errors: 0, tookMs: 0, error, failedRules: [] };
  try {
    await appendJournal(db, projectId, nowMs, [{ kind: 'evaluation', evaluation }]);
  } catch (cause) {
    log.debug({ err: cause }, 'the failed tick could not be recorded; the journal has a gap without a reason');
  }
}

async function pingMonitor(url: string, log: AlertingDeps['log']): Promise<void> {
  const failure = await ping(url);
  if (failure !== null) log.warn(`TELLTALE_PING_URL could not be pinged: ${failure} The next tick pings again.`);
}

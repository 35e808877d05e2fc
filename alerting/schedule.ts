// Wakes the detector. node-cron only knocks every minute; the stored cursor decides what is due, so a knock that is
// missed, early or doubled changes nothing.
import { schedule } from 'node-cron';
import type { Logger } from 'pino';
import { ENV_SLACK_ID } from '#schema/channel';
import type { Delivery } from '#schema/delivery';
import type { Database } from '#storage/database';
import { appendJournal } from '#storage/journal';
import type { Channel } from './channels/channel.ts';
import { createConsoleChannel } from './channels/console.ts';
import { createSlackChannel } from './channels/slack.ts';
import { createDelivery } from './deliver.ts';
import { DEFAULT_RULE, type Rule } from './detector/rule.ts';
import { runTick, type TickReport } from './tick.ts';

export interface AlertingDeps {
  readonly db: Database;
  readonly projectId: string;
  /** Where people's browsers find Telltale; asked for at each message, because the port may be known late. */
  readonly publicUrl: () => string;
  /** Without it alerts are one line on the console. A secret. */
  readonly slackWebhookUrl: string | undefined;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes one line for the console. Default: standard output, whatever the log level. */
  readonly writeLine?: (line: string) => void;
  /** Calls `tick` from time to time; the function it returns ends that. Default: node-cron, every minute. */
  readonly wake?: (tick: () => Promise<unknown>) => () => void;
  readonly slackTimeoutMs?: number;
  readonly rule?: Rule;
}

type TickResult =
  | ({ readonly status: 'done' } & TickReport)
  /** What was not saved is done again by the next tick. */
  | { readonly status: 'failed'; readonly error: string };

export interface Alerting {
  /** Brings everything up to now. Two calls at once are one tick. Never rejects. */
  tick(): Promise<TickResult>;
  /** No tick begins after this call; resolves when the running one has ended. */
  stop(): Promise<void>;
  /** `lastTickAt`: the last tick that succeeded, ISO 8601. `lastError`: why the last one did not, else null. */
  health(): { readonly lastTickAt: string | null; readonly lastError: string | null };
}

/** Starts looking for patterns and telling about them. Close the database only after `stop`. */
export function startAlerting(deps: AlertingDeps): Alerting {
  const { log, now } = deps;
  let lastTickAt: string | null = null;
  let lastError: string | null = null;
  let stopping = false;
  let running: Promise<TickResult> | null = null;

  const channel = chooseChannel(deps);
  const runOne = prepareTick(deps, channel, () => stopping);
  const attempt = async (): Promise<TickResult> => {
    const nowMs = now();
    try {
      const report = await runOne(nowMs);
      lastTickAt = new Date(nowMs).toISOString();
      lastError = null;
      if (report.fired.length + report.resolved.length > 0) log.debug(report, 'patterns changed');
      return { status: 'done', ...report };
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, 'the detector could not finish its tick; the next one goes on from where it was');
      return { status: 'failed', error: lastError };
    }
  };
  const tick = (): Promise<TickResult> => {
    if (stopping) return Promise.resolve({ status: 'failed', error: 'Alerting is stopped.' });
    running ??= attempt().finally(() => {
      running = null;
    });
    return running;
  };
  const sleep = (deps.wake ?? wakeEveryMinute)(tick);
  return {
    tick,
    health: () => ({ lastTickAt, lastError }),
    async stop() {
      stopping = true;
      sleep();
      await running;
    },
  };
}

function chooseChannel({ slackWebhookUrl, slackTimeoutMs, writeLine, now }: AlertingDeps) {
  const onConsole = createConsoleChannel(writeLine ?? ((line) => void process.stdout.write(`${line}\n`)));
  if (slackWebhookUrl === undefined) return { chosen: onConsole, onConsole };
  const chosen = createSlackChannel({
    id: ENV_SLACK_ID,
    name: 'Slack',
    webhookUrl: slackWebhookUrl,
    guard: null,
    setting: 'SLACK_WEBHOOK_URL',
    timeoutMs: slackTimeoutMs,
    now,
  });
  return { chosen, onConsole };
}

function prepareTick(
  { db, projectId, publicUrl, log, now, rule = DEFAULT_RULE }: AlertingDeps,
  { chosen, onConsole }: { readonly chosen: Channel; readonly onConsole: Channel },
  isStopping: () => boolean,
): (nowMs: number) => Promise<TickReport> {
  const deliver = createDelivery({
    channels: new Map([
      [onConsole.id, onConsole],
      [chosen.id, chosen],
    ]),
    fallback: onConsole,
    publicUrl,
    save: (delivery) => appendJournal(db, projectId, now(), [{ kind: 'delivery', delivery }]),
    onFailed: ({ subject, channel, lastError }: Delivery) =>
      log.error({ subject, channel, reason: lastError }, 'an alert could not be delivered'),
    now,
  });
  const deps = { db, projectId, rule, channel: chosen.id, deliver, isStopping };
  return (nowMs) => runTick(deps, nowMs);
}

function wakeEveryMinute(tick: () => Promise<unknown>): () => void {
  const task = schedule('* * * * *', tick, { name: 'telltale-detector', suppressMissedWarning: true });
  return () => void task.destroy();
}

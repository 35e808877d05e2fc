// `telltale summarize`: prints the summary of a run. It asks over HTTP, because the embedded engine takes one process;
// with a ClickHouse server and no Telltale that answers, it reads from storage.
import { z } from 'zod';
import type { Config } from '#config';
import { errorReplySchema } from '#contracts/api';
import { traceIdSchema } from '#contracts/span';
import { type RunSummaryReply, runSummaryReplySchema } from '#contracts/summary';
import { clip, headOf } from '#domain/clip';
import { textOf } from '#domain/run/story/words';
import { openDatabase } from '#storage/open';
import { openStores } from '#storage/stores';
import { databaseOptions } from '../app/database-options.ts';

/** An error that the user can fix; its message says how. */
class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface SummarizeCommand {
  readonly config: Config;
  readonly say: (line: string) => void;
  readonly url?: string | undefined;
  readonly json?: boolean | undefined;
  readonly redo?: boolean | undefined;
}

const PROJECT_ID = 'default';
/** Long enough for an LLM call that starts after one under way. */
const TIMEOUT_MS = 60_000;

/** Prints the summary of one run. @throws CommandError */
export async function saySummary(command: SummarizeCommand, trace: string): Promise<void> {
  const traceId = traceIdIn(trace);
  const reply = (await overHttp(command, traceId)) ?? (await fromStorage(command, traceId));
  const { summary, facts } = reply;
  if (command.json) return command.say(JSON.stringify(reply, null, 2));
  command.say(summary.headline);
  command.say('');
  for (const sentence of summary.sentences) command.say(`  ${textOf(sentence)}`);
  command.say('');
  const asked = summary.model === null ? '' : ` (${summary.model}: ${summary.verdict ?? 'asked'})`;
  const written =
    summary.kind === 'model'
      ? `written by ${summary.model ?? 'a model'} from facts, ${summary.verdict ?? 'checked'} (prompt ${summary.promptVersion ?? 'unknown'})`
      : `written from facts, no AI${asked}`;
  command.say(`Outcome: ${summary.outcome} · ${facts.spanCount} spans · ${written}`);
  if (summary.kind === 'template' && summary.model === null && (await isBudgetUsedUp(command, summary.verdict)))
    command.say("Not written by the LLM: today's budget (TELLTALE_SUMMARY_DAILY_USD) is used up.");
}

/** A bare id, or one inside the address of a run. */
function traceIdIn(trace: string): string {
  const parsed = traceIdSchema.safeParse(/[0-9a-f]{32}/i.exec(trace)?.[0] ?? trace);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `${JSON.stringify(headOf(trace, 100))} is not a trace id. A trace id has 32 hex digits; the URL of a run's page contains it.`,
  );
}

/** The reply says so only when it was written again; otherwise the status of the running program does. */
async function isBudgetUsedUp(command: SummarizeCommand, verdict: string | null): Promise<boolean> {
  if (verdict?.startsWith('not asked') === true) return true;
  const answered = await fetch(`${baseOf(command)}/api/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => null,
  );
  // Only this field is read, so that a status of another version parses too.
  const shape = z.object({ summaries: z.object({ isAtCap: z.boolean() }) });
  const status = shape.safeParse(await answered?.json().catch(() => null));
  return status.success && status.data.summaries.isAtCap;
}

const baseOf = ({ config, url }: SummarizeCommand): string =>
  (url ?? config.TELLTALE_PUBLIC_URL ?? `http://127.0.0.1:${config.TELLTALE_PORT}`).replace(/\/+$/, '');

/** null when nothing answers and the database can be asked instead. */
async function overHttp(command: SummarizeCommand, traceId: string): Promise<RunSummaryReply | null> {
  const { config, redo } = command;
  const base = baseOf(command);
  if (!URL.canParse(base)) throw new CommandError(`${base} is not a URL. It must begin with http:// or https://.`);
  const address = `${base}/api/traces/${traceId}/summary`;
  let response: Response;
  try {
    response = await fetch(address, { method: redo ? 'POST' : 'GET', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    if (config.CLICKHOUSE_URL !== undefined) return null;
    throw new CommandError(
      `nothing answers at ${base}. Start Telltale (\`npm start\`), or give its URL with --url. The embedded engine takes one process, so a running Telltale has to answer.`,
    );
  }
  const body: unknown = await response.json().catch(() => null);
  const failure = errorReplySchema.safeParse(body);
  if (failure.success) throw new CommandError(`${failure.data.error.message} ${failure.data.error.hint}`);
  const reply = runSummaryReplySchema.safeParse(body);
  if (reply.success) return reply.data;
  throw new CommandError(
    `${base} answered HTTP ${response.status} without a summary. Is it Telltale, and of this version?\n${clip(z.prettifyError(reply.error), 300)}`,
  );
}

async function fromStorage({ config, redo }: SummarizeCommand, traceId: string): Promise<RunSummaryReply> {
  const db = await openDatabase(databaseOptions(config));
  try {
    const { runs } = openStores(db, PROJECT_ID);
    const summary = await (redo ? runs.redoSummary : runs.readSummary)(traceId, Date.now());
    if (summary !== null) return summary;
    throw new CommandError(
      `There is no trace ${traceId} in ${config.CLICKHOUSE_URL}. Check that the id is whole and not older than the retention.`,
    );
  } finally {
    await db.close();
  }
}

// A store with runs in it, a server that speaks OpenAI's protocol, and what writes summaries between them.

import type { Database } from '#storage/database';
import { openStores } from '#storage/stores';
import { readSummaries, type StoredSummary } from '#storage/summaries';
import { type Budget, createBudget, type ModelPrice } from '../../alerting/summaries/model/budget.ts';
import { createModelClient } from '../../alerting/summaries/model/client.ts';
import {
  createModelWriter,
  type ModelWriter,
  type ModelWriterDeps,
} from '../../alerting/summaries/model/model-writer.ts';
import { summarizeDueRuns } from '../../alerting/summaries/summarize-runs.ts';
import { type FakeOpenAi, startFakeOpenAi } from './fake-openai.ts';
import { at, id, insertSpans, NOW_MS, openTestDatabase, SECOND, span, type TestSpan } from './span-rows.ts';

export const MODEL = 'fake-1';
/** Ten dollars a million tokens, each way: an answer of 900 + 150 tokens is 10,500 millionths of a dollar. */
export const PRICE: ModelPrice = { inputUsd: 10, outputUsd: 10 };

export interface WriterOptions {
  readonly dailyUsd?: number;
  readonly deadlineMs?: number;
  readonly nowMs?: () => number;
  readonly mask?: ModelWriterDeps['mask'];
}

export interface ModelWorld {
  readonly db: Database;
  readonly server: FakeOpenAi;
  /** A project of its own, and a writer for it. */
  project(options?: WriterOptions): ModelProject;
  close(): Promise<void>;
}

type Over = Record<string, unknown>;

export interface ModelProject {
  readonly projectId: string;
  readonly writer: ModelWriter;
  readonly budget: Budget;
  /** Another writer of the same project, as after a restart or in a second process. */
  again(options?: WriterOptions): ModelWriter;
  /** A run of an agent and one tool; `over` is of the agent's span, `tool` of the tool's. Summarized by rule. */
  add(trace: number, over?: Over, tool?: Over | null): Promise<void>;
  /** Its spans, not stored. */
  spansOf(trace: number, over?: Over, tool?: Over | null): TestSpan[];
  /** Summarizes what was added. @param nowMs ms since 1970 */
  summarize(nowMs?: number): Promise<void>;
  stored(trace: number): Promise<StoredSummary | undefined>;
  /** Millionths of a dollar, counted from the rows, independently of the budget. */
  spentMicroUsd(): Promise<number>;
}

let projects = 0;

export async function openModelWorld(): Promise<ModelWorld> {
  const [{ db, close }, server] = await Promise.all([openTestDatabase(), startFakeOpenAi()]);
  const project = (options: WriterOptions = {}): ModelProject => {
    const projectId = `model-${++projects}`;
    const make = ({ dailyUsd = 1000, deadlineMs = 60_000, nowMs = () => NOW_MS + 5000, mask }: WriterOptions) => {
      const budget = createBudget({ db, projectId, dailyUsd, price: PRICE, now: nowMs });
      const client = createModelClient({ apiKey: 'sk-test', baseUrl: server.baseUrl, model: MODEL });
      const log = { warn: () => {}, debug: () => {} };
      const writer = createModelWriter({
        db,
        projectId,
        ...openStores(db, projectId),
        log,
        now: nowMs,
        client,
        budget,
        dailyUsd,
        deadlineMs,
        ...(mask ? { mask } : {}),
      });
      return { writer, budget };
    };
    const spansOf = (trace: number, over: Over = {}, tool: Over | null = {}): TestSpan[] => {
      const common = { project_id: projectId, received_at: at(0).slice(0, 23) };
      const root = { name: 'desk', agent: 'refund-desk', kind: 'agent', duration_ns: String(2 * SECOND), ...over };
      const step = { parent_span_id: id(1, 16), name: 'lookup', kind: 'tool', tool_name: 'orders.lookup', ...tool };
      const spans = [span(trace, 1, { ...common, ...root })];
      if (tool !== null) spans.push(span(trace, 2, { ...common, ...step }));
      return spans;
    };
    const { writer, budget } = make(options);
    return {
      projectId,
      writer,
      budget,
      again: (more = {}) => make({ ...options, ...more }).writer,
      add: (trace, over = {}, tool = {}) => insertSpans(db, spansOf(trace, over, tool)),
      spansOf,
      async summarize(nowMs = NOW_MS + 1000) {
        await summarizeDueRuns({ db, projectId, ...openStores(db, projectId), isStopping: () => false }, nowMs);
      },
      stored: async (trace) => (await readSummaries(db, projectId, [id(trace, 32)])).get(id(trace, 32)),
      async spentMicroUsd() {
        const rows = await db.query<{ call: string; step: number; usd: string }>(
          'SELECT call_id AS call, step, micro_usd AS usd FROM model_calls WHERE project_id = {p:String}',
          { p: projectId },
        );
        const calls = new Map<string, { step: number; usd: number }>();
        for (const { call, step, usd } of rows)
          if ((calls.get(call)?.step ?? -1) < step) calls.set(call, { step, usd: Number(usd) });
        return [...calls.values()].reduce((sum, { usd }) => sum + usd, 0);
      },
    };
  };
  return {
    db,
    server,
    project,
    async close() {
      await server.close();
      await close();
    },
  };
}

/** A tool that failed, and took the run with it. */
export const FAILED = { is_error: 1, error_type: 'UpstreamTimeout', error_message: 'no answer in 8 s' };

// Plays the demo agents through the real SDK: two services, one of them in a child process, and a day's worth of trouble.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Delivery, deadLetterFile, deadLetters, observeOpenAI, shutdown, start } from '@telltale/sdk';
import OpenAI from 'openai';
import type { Visit } from './ask-as-desk.ts';
import { connectRisk } from './call-risk-api.ts';
import { startFakeModel } from './fake-model.ts';
import { scriptFor, thinkMs } from './model-script.ts';
import { playlist } from './playlist.ts';
import { serveCustomer } from './refund-desk.ts';
import { replayRefunds } from './replay-refunds.ts';
import { startRiskApi } from './risk-process.ts';
import { serveGoodwill } from './serve-goodwill.ts';
import { connectShop } from './shop.ts';
import { startShopApi } from './shop-api.ts';
import type { Story } from './stories.ts';

export interface DemoOptions {
  /** Base address of Telltale's OTLP/HTTP receiver. */
  otlpEndpoint: string;
  /** Base address of Telltale's pages, for the links. Default http://localhost:4319. */
  uiUrl?: string | undefined;
  /** Where the lines go. Default console.log. */
  log?: ((line: string) => void) | undefined;
  /** How many customers write. Default: every story once. */
  runs?: number | undefined;
}

export interface DemoResult {
  /** One per customer message, in the order played. */
  traceIds: string[];
  /** The delivery counts of the spans, per service. */
  deliveries: { 'support-api': Delivery; 'risk-api': Delivery };
}

/** The demo cannot be played; the message alone says what to do. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

const CUSTOMERS_AT_ONCE = 4;
/** How long the payments team takes to repair payments. */
const REPAIR_MS = 1500;

/** Rejects with a DemoError when nothing answers at the endpoint. Failures inside a story do not reject: they are what the demo shows. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const log = options.log ?? console.log;
  await expectReceiver(options.otlpEndpoint);
  const stories = playlist(options.runs);
  start({ service: 'support-api', version: '2.14.1', environment: 'demo', endpoint: options.otlpEndpoint });
  const model = await startFakeModel(scriptFor(stories), thinkMs);
  const risk = await startRiskApi(options.otlpEndpoint, model.url);
  const shopApi = await startShopApi(stories);
  const folder = await mkdtemp(join(tmpdir(), 'telltale-demo-'));
  const letters = deadLetters('refunds', { sink: deadLetterFile(join(folder, 'refunds.jsonl')) });
  const shop = connectShop(shopApi.url, letters);
  const client = new OpenAI({ baseURL: `${model.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const openai = observeOpenAI(client, { includeUsage: true });
  const desk = { modelUrl: model.url, openai, shop, risk: connectRisk(risk.url) };
  const pages = `${(options.uiUrl ?? 'http://localhost:4319').replace(/\/+$/, '')}/traces`;
  const visits = visitsOf(stories);
  const traceIds: string[] = [];
  try {
    await playAll(visits, async (visit, index) => {
      const serve = visit.story.goodwill === undefined ? serveCustomer : serveGoodwill;
      const { traceId, headline } = await serve(desk, visit);
      traceIds[index] = traceId;
      log(`${headline}\n  ${pages}/${traceId}`);
    });
    const whenRepaired = wait(REPAIR_MS).then(() => shopApi.repairPayments());
    const { traceId, headline } = await replayRefunds(shop, letters, stories, whenRepaired);
    log(`${headline}\n  ${pages}/${traceId}`);
  } finally {
    await Promise.all([model.close(), shopApi.close(), rm(folder, { recursive: true, force: true })]);
  }
  const deliveries = { 'support-api': await shutdown(), 'risk-api': await risk.stop() };
  for (const [service, delivery] of Object.entries(deliveries)) log(describe(service, delivery));
  return { traceIds, deliveries };
}

/** The messages of one order are its turns. */
function visitsOf(stories: readonly Story[]): Visit[] {
  return stories.map((story, index) => ({
    story,
    turn: stories.slice(0, index).filter((earlier) => earlier.order === story.order).length,
  }));
}

/** A few customers at once, but the messages of one session one after the other. */
async function playAll(visits: Visit[], play: (visit: Visit, index: number) => Promise<void>): Promise<void> {
  const sessions = new Map<string, number[]>();
  for (const [index, { story }] of visits.entries()) {
    sessions.set(story.session, [...(sessions.get(story.session) ?? []), index]);
  }
  const waiting = [...sessions.values()].values();
  const serve = async (): Promise<void> => {
    // The iterator is shared, so each session is served once.
    for (const session of waiting) {
      for (const index of session) await play(visits[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: CUSTOMERS_AT_ONCE }, serve));
}

async function expectReceiver(otlpEndpoint: string): Promise<void> {
  const url = `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
  if (URL.canParse(url) && new URL(url).port === '0') {
    throw new DemoError(
      'Port 0 stands for any free port: set OTEL_EXPORTER_OTLP_ENDPOINT to the address that Telltale printed for OTLP/HTTP.',
    );
  }
  const headers = { 'content-type': 'application/json' };
  try {
    await fetch(url, { method: 'POST', headers, body: '{"resourceSpans":[]}' });
  } catch (error) {
    throw new DemoError(
      `Start Telltale first: nothing answers at ${url}; set OTEL_EXPORTER_OTLP_ENDPOINT when it listens elsewhere.`,
      { cause: error },
    );
  }
}

function describe(service: string, { sent, failed, dropped, pending, lastError }: Delivery): string {
  const lost = failed + dropped + pending;
  return `${service}: ${sent} spans delivered${lost > 0 ? `, ${lost} not (${lastError ?? 'still on the way'})` : ''}`;
}

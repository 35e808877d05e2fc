// The SDK's examples of decisions and scopes, each run as its own process against a running Telltale, and what its run
// page then says to a person.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Trace } from '#contracts/run';
import type { SpanDetail } from '#contracts/span';
import { type RunningExample, runExample, startExample } from '../sdk/test-support/run-example.ts';
import { type RunningTelltale, startTelltale } from './support/app.ts';
import { launchBrowser, type WatchedBrowser } from './support/browser.ts';
import { PageReader } from './support/page-reader.ts';

let telltale: RunningTelltale;
let browser: WatchedBrowser;
let reader: PageReader;
let example: RunningExample | undefined;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  reader = new PageReader(browser);
});
afterEach(() => example?.kill());
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

const env = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: telltale.otlpUrl, TELLTALE_PUBLIC_URL: telltale.apiUrl });

/** The trace once `isThere`: a span can be read about a second after it was taken. */
async function traceOf(traceId: string, isThere: (trace: Trace) => boolean): Promise<Trace> {
  let trace: Trace | undefined;
  const read = async () => {
    const reply = await fetch(`${telltale.apiUrl}/api/traces/${traceId}`);
    if (reply.status !== 200) return false;
    trace = (await reply.json()) as Trace;
    return isThere(trace);
  };
  await expect.poll(read, { timeout: 30_000 }).toBe(true);
  return trace as Trace;
}

const hasRoot = ({ spans }: Trace) => spans.some(({ parentSpanId }) => parentSpanId === null);

/** The text of the run page above the timeline, and in the full tier a picture of it. */
async function pageOf(traceId: string, picture: string, waitFor: RegExp, detail = 'Kind'): Promise<string> {
  const page = await reader.show(`${telltale.apiUrl}/traces/${traceId}`);
  await page.locator('.summary').filter({ hasText: waitFor }).waitFor();
  await page.getByRole('region', { name: 'Step detail' }).getByText(detail, { exact: true }).waitFor();
  const text = await reader.text('main');
  await reader.savePicture(picture);
  expect(reader.problems).toEqual([]);
  return text;
}

describe('a decision that is not sure enough', () => {
  it('goes to a person, and the page says to whom and why', async () => {
    const run = await runExample('unsure-decision.ts', env());
    expect(run.exitCode, run.stderr).toBe(0);
    const traceId = run.stdout.trim();
    const { run: stored, spans } = await traceOf(traceId, hasRoot);
    expect(stored.headline).toBe(
      'refund-desk handed over to refund-review: unsure of auto_refund, 0.52 of 0.70 needed',
    );
    const decision = spans.find(({ kind }) => kind === 'decision');
    expect(decision).toMatchObject({
      reason: 'escalated to refund-review: confidence 0.52 below 0.7',
      decision: { confidenceSource: 'logprobs', outcome: 'escalated', choice: 'auto_refund' },
    });
    // What the person got: a link that opens this very run.
    expect(run.stderr).toContain('refund-desk 2.15.0 hands over to refund-review.');
    expect(run.stderr).toContain(`See what it did: ${telltale.apiUrl}/traces/${traceId}?span=${decision?.spanId}`);
    const text = await pageOf(traceId, 'scope-escalated', /escalated to refund-review/);
    expect(text).toContain(
      'leaned to auto_refund for refund_route at 0.52, below the 0.70 it needs, and escalated to refund-review.',
    );
    expect(text).toContain('probabilities of 3 alternatives at token 1 of 1');
  });

  it('waits for a person: the page says so before there is an answer, and then who answered', async () => {
    const asking = await startExample('ask-a-person.ts', env());
    example = asking;
    await asking.printed('/?choice=deny');
    const [, traceId = '', answerUrl = ''] =
      /\/traces\/([0-9a-f]{32})[\s\S]*Answer: (\S+)\/\?/.exec(asking.output()) ?? [];
    const waiting = await traceOf(traceId, ({ run, spans }) => spans.length > 0 && run.activity?.state === 'waiting');
    expect(waiting.run.status).toBe('running');
    expect(waiting.run.headline).toBe('refund-desk is waiting: refund_route asked ana: confidence 0.55 below 0.7');
    const before = await pageOf(traceId, 'scope-waiting', /asked ana/, 'Last sign of life');
    expect(before).toContain('Waiting for ana');
    await fetch(`${answerUrl}/?choice=manual_review`);
    const ended = await asking.ended;
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({ traceId, choice: 'manual_review', outcome: 'executed' });
    const { run: stored, spans } = await traceOf(traceId, hasRoot);
    expect(stored.status).toBe('ok');
    expect(stored.headline).toBe('refund-desk asked ana about refund_route; the answer was manual_review');
    const after = await pageOf(traceId, 'scope-answered', /the answer was/);
    expect(after).toContain('the answer was manual_review.');
    expect(spans.map(({ name, decision }) => [name, decision?.outcome ?? null])).toEqual([
      ['refund-desk', null],
      ['decide refund_route', 'pending'],
      ['escalate ana', null],
      ['decide refund_route', 'executed'],
    ]);
    const answer = spans.at(-1);
    const detail = (await (
      await fetch(`${telltale.apiUrl}/api/traces/${traceId}/spans/${answer?.spanId}`)
    ).json()) as SpanDetail;
    expect(detail).toMatchObject({
      decisionReasoning: 'I called the customer.',
      decisionAction: 'answered by ana',
      decision: { choice: 'manual_review', confidenceSource: 'human' },
      links: [{ spanId: spans[1]?.spanId }],
    });
  });
});

describe('an agent with a scope', () => {
  let traceIds: Record<string, string>;
  let scope = '';
  beforeAll(async () => {
    const run = await runExample('scoped-agent.ts', env());
    expect(run.exitCode, run.stderr).toBe(0);
    traceIds = JSON.parse(run.stdout) as Record<string, string>;
    scope = run.stderr;
  });

  it('prints its scope in words', () => {
    expect(scope).toContain('# What goodwill-desk may do');
    expect(scope).toContain('- vouchers.issue: issues a voucher, up to 20 EUR');
  });

  it.each([
    ['fine', 'ok', /^goodwill-desk finished in /],
    ['input', 'ok', /^goodwill-desk stopped: the input is outside its scope \(order: /],
    ['tool', 'error', /^goodwill-desk stopped: tool payments.refund is not in the permitted list$/],
    ['cost', 'error', /^goodwill-desk stopped: cost limit reached: 0.0222 of 0.02 USD, handed to customer-care$/],
    ['output', 'error', /^goodwill-desk stopped: the output is not what it may give back \(voucherEur: /],
    ['condition', 'ok', /^goodwill-desk stopped: two decisions in a row were under their threshold$/],
  ])('%s: the run is %s and its headline says so', async (name, status, headline) => {
    const { run } = await traceOf(traceIds[name] ?? '', hasRoot);
    expect(run.headline).toMatch(headline);
    expect(run.status).toBe(status);
  });

  it('shows on its page at which condition it stopped, and whom it notified', async () => {
    const tool = await pageOf(traceIds.tool ?? '', 'scope-tool', /stopped/);
    expect(tool).toContain('Stopped, escalated');
    expect(tool).toContain(
      'It was stopped (tool payments.refund is not in the permitted list), and the run was handed to customer-care.',
    );
    const cost = await pageOf(traceIds.cost ?? '', 'scope-cost', /stopped/);
    expect(cost).toContain('was stopped (cost limit reached: 0.0222 of 0.02 USD)');
    const condition = await pageOf(traceIds.condition ?? '', 'scope-condition', /stopped/);
    expect(condition).toContain('was stopped (two decisions in a row were under their threshold)');
  });
});

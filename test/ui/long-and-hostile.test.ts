// A trace of 10,000 spans scrolls, and hostile text is only ever shown as text.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningTelltale, startTelltale } from '../support/app.ts';
import { launchBrowser, type WatchedBrowser } from '../support/browser.ts';
import { eventually } from './eventually.ts';
import { spanIdOf, traceIdOf } from './refund-run.ts';
import { type SentSpan, sendSpans } from './send-spans.ts';

const LONG = traceIdOf(1);
const HOSTILE = traceIdOf(2);
const SPANS = 10_000;
/** Executes if it is treated as markup, in text or in an attribute. */
const ATTACK = '"><img src=x onerror="window.attacked=1"><script>window.attacked=1</script>{@html 1}';
let telltale: RunningTelltale;
let browser: WatchedBrowser;

beforeAll(async () => {
  [telltale, browser] = await Promise.all([startTelltale(), launchBrowser()]);
  const startMs = Date.now() - 700_000;
  const spans = Array.from({ length: SPANS }, (_, i): SentSpan => {
    const group = Math.floor((i - 1) / 50) * 50 + 1;
    const parent = i === 0 ? undefined : i === group ? 0 : group;
    return {
      traceId: LONG,
      spanId: spanIdOf(i + 1),
      ...(parent === undefined ? {} : { parentSpanId: spanIdOf(parent + 1) }),
      name: `step ${i}`,
      startMs: startMs + i * 50,
      durationMs: i === 0 ? SPANS * 50 : i === group ? 2500 : 40,
    };
  });
  await sendSpans(telltale, spans);
  await sendSpans(telltale, hostileSpans(startMs));
});
afterEach(async () => expect(await browser.finish()).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await telltale?.close();
});

function hostileSpans(startMs: number): SentSpan[] {
  const common = { traceId: HOSTILE, startMs, durationMs: 100, service: ATTACK };
  return [
    {
      ...common,
      spanId: spanIdOf(1),
      name: ATTACK,
      attributes: {
        'gen_ai.agent.name': ATTACK,
        'session.id': ATTACK,
        ['__proto__']: 'a key like any other',
        [ATTACK]: ATTACK,
      },
      error: { type: ATTACK, message: ATTACK, stack: ATTACK },
    },
    {
      ...common,
      spanId: spanIdOf(2),
      parentSpanId: spanIdOf(1),
      name: 'decide',
      attributes: {
        'telltale.step.kind': 'decision',
        'telltale.decision.name': ATTACK,
        'telltale.decision.choice': ATTACK,
        'telltale.decision.options': [ATTACK, '__proto__', 'constructor'],
        'telltale.decision.reasoning': `${ATTACK} javascript:alert(1)`,
        'telltale.decision.input': JSON.stringify([{ role: ATTACK, content: ATTACK }]),
        'telltale.step.output': 'y'.repeat(60_000),
      },
    },
  ];
}
const at = (path: string) => `${telltale.apiUrl}${path}`;
const ROWS = '[data-row]';

it('10,000 spans open with few rows in the page, and scrolling to the end shows the last', async () => {
  const page = await browser.open(at(`/traces/${LONG}`));
  const grid = page.getByRole('treegrid');
  await grid.waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe('10001');
  expect(await page.locator(ROWS).count()).toBeLessThan(200);
  await page.evaluate('document.querySelector(".scroller").scrollTop = 1e9');
  const last = page.locator(`[data-row="${spanIdOf(SPANS)}"]`);
  await last.waitFor();
  expect(await last.getAttribute('aria-rowindex')).toBe('10001');
  expect(await page.locator(ROWS).count()).toBeLessThan(200);
});

it('the focused row stays in the page when it is scrolled away, and End goes to the last', async () => {
  const page = await browser.open(at(`/traces/${LONG}`));
  const first = page.locator(`[data-row="${spanIdOf(1)}"]`);
  await first.focus();
  await page.evaluate('document.querySelector(".scroller").scrollTop = 100000');
  await page.locator(`[data-row="${spanIdOf(3855)}"]`).waitFor();
  expect(await first.count()).toBe(1);
  await page.keyboard.press('End');
  await eventually(() => page.evaluate('document.activeElement.dataset.row')).toBe(spanIdOf(SPANS));
});

it('a link to one of 10,000 spans opens with its row in view', async () => {
  const page = await browser.open(at(`/traces/${LONG}?span=${spanIdOf(7777)}`));
  const row = page.locator(`[data-row="${spanIdOf(7777)}"]`);
  await row.waitFor();
  expect(await row.getAttribute('aria-selected')).toBe('true');
});

it('the same trace scrolls on a narrow screen, where the page itself scrolls', async () => {
  const page = await browser.open(at(`/traces/${LONG}`), { width: 390, height: 844 });
  await page.getByRole('treegrid').waitFor();
  expect(await page.locator(ROWS).count()).toBeLessThan(200);
  await page.evaluate('scrollTo(0, 1e9)');
  await page.locator(`[data-row="${spanIdOf(SPANS)}"]`).waitFor();
});

it('hostile text is shown as text everywhere', async () => {
  const page = await browser.open(at('/runs'));
  await page.locator(`a[data-run="${HOSTILE}"]`).click();
  await page.getByRole('treegrid').waitFor();
  for (const path of [
    '',
    `?span=${spanIdOf(1)}`,
    `?span=${spanIdOf(1)}&tab=attributes`,
    `?span=${spanIdOf(1)}&tab=events`,
    `?span=${spanIdOf(2)}`,
    `?span=${spanIdOf(2)}&tab=input`,
  ]) {
    await page.goto(at(`/traces/${HOSTILE}${path}`));
    await page.getByRole('tabpanel').getByText('onerror').first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.evaluate('window.attacked')).toBeUndefined();
  }
  await page.goto(at(`/traces/${HOSTILE}?span=${spanIdOf(1)}&tab=attributes`));
  await page.getByRole('tabpanel').getByText('__proto__', { exact: true }).waitFor();
  await page.getByText('a key like any other').waitFor();
});

it('a very long output shows head and tail with its size, and all of it on request', async () => {
  const page = await browser.open(at(`/traces/${HOSTILE}?span=${spanIdOf(2)}&tab=output`));
  const panel = page.getByRole('tabpanel');
  await panel.getByText(/characters not shown/).waitFor();
  const length = async () => ((await panel.locator('pre').textContent()) ?? '').length;
  expect(await length()).toBeLessThan(20_000);
  await panel.getByRole('button', { name: 'Show all, 60 kB' }).click();
  await eventually(length).toBe(60_000);
});

it('the watched browser reports a violation, an error and a request to another host', async () => {
  const page = await browser.open(at('/runs'));
  await page.evaluate('document.body.setAttribute("style", "color: red")');
  await page.evaluate('fetch("http://127.0.0.2:9/").catch(() => undefined)');
  await page.evaluate('setTimeout(() => { throw new Error("on purpose") })');
  await eventually(() => browser.seen.join()).toContain('on purpose');
  const problems = (await browser.finish()).join();
  expect(problems).toContain('style-src');
  expect(problems).toContain('connect-src');
});

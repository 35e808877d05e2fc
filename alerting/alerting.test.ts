// The whole way from error spans in a real engine to one message.
import { describe, expect, it } from 'vitest';
import { readIncident, readIncidents } from '#storage/read-incidents';
import { MINUTE, NOON, PUBLIC_URL, tickEveryMinute, useAlertingWorld } from '../test/support/alerting-world.ts';
import { traceIdOf } from '../test/support/error-rows.ts';
import { propertyRuns } from '../test/support/tier.ts';

const world = useAlertingWorld();

describe('ten similar errors', () => {
  it('are one Slack message with links to example runs', async () => {
    await world.insert(world.errors(10));
    const result = await world.start().tick();

    expect(result).toMatchObject({ status: 'done', resolved: [], sent: 1, failed: 0 });
    expect(world.slack.posts).toHaveLength(1);
    const text = JSON.stringify(world.slack.posts[0]);
    expect(text).toContain('10 similar errors in 9 minutes');
    expect(text).toContain('order &lt;num&gt; timed out');
    for (const trace of [10, 9, 8]) expect(text).toContain(`<${PUBLIC_URL}/traces/${traceIdOf(trace)}|`);
    expect(text).not.toContain(traceIdOf(7));
  });

  it('can be read as an incident', async () => {
    await world.insert(world.errors(10));
    await world.start().tick();
    const [incident] = await readIncidents(world.db, world.projectId);
    expect(incident).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      projectId: world.projectId,
      status: 'firing',
      fingerprint: 'lookup-timeout',
      agent: 'support-agent',
      step: 'lookup_order',
      errorType: 'TimeoutError',
      message: 'order <num> timed out',
      count: 10,
      windowMinutes: 30,
      firstSeen: '2026-03-02T11:51:00.000Z',
      lastSeen: '2026-03-02T12:00:00.000Z',
      openedAt: '2026-03-02T12:00:00.000Z',
      resolvedAt: null,
      kind: 'pattern',
      title: 'TimeoutError in lookup_order',
      ruleName: 'Similar errors',
      traces: 10,
      tools: ['lookup_order'],
      exampleTraceIds: [10, 9, 8, 7, 6].map(traceIdOf),
      notices: [{ transition: 'opened', channel: 'env-slack', status: 'sent', attempts: 1, lastError: null }],
    });
    expect(await readIncident(world.db, world.projectId, incident?.id ?? '')).toEqual(incident);
  });

  it('are one message when each also fails the agent around it', async () => {
    const agents = world.errors(10, { fingerprint: 'agent', step: 'support' });
    const around = agents.map((row) => ({ ...row, span: 1000 + row.trace, startedMs: row.endedMs - 500 }));
    await world.insert([
      ...world.errors(10),
      ...around.map((row) => ({ ...row, endedMs: row.endedMs + 5, receivedMs: row.endedMs + 5 })),
    ]);
    await tickEveryMinute(world, world.start(), 2);
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([{ step: 'lookup_order', count: 10 }]);
    expect(world.slack.posts).toHaveLength(1);
  });

  it('are counted as far as they have come when they are more', async () => {
    await world.insert(world.errors(10));
    await world.insert(world.errors(13, { endedMs: NOON }, 20));
    await world.start().tick();
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { count: 23, openedAt: '2026-03-02T12:00:00.000Z' },
    ]);
    expect(JSON.stringify(world.slack.posts)).toContain('23 similar errors in 9 minutes');
  });

  it('are not notified when they are nine', async () => {
    await world.insert(world.errors(9));
    await tickEveryMinute(world, world.start(), 3);
    expect(world.slack.requests()).toBe(0);
    expect(await readIncidents(world.db, world.projectId)).toEqual([]);
  });

  it('are notified within the tick after the tenth, wherever the ticks fall', async () => {
    const alerting = world.start();
    // In the small tier the first seven come together: what counts is the ticks around the tenth.
    const together = propertyRuns(7, 0);
    await world.insert(world.errors(together));
    for (let i = together + 1; i <= 10; i++) {
      expect(world.slack.posts).toHaveLength(0);
      await world.insert(world.errors(1, {}, i));
      await tickEveryMinute(world, alerting, 1);
    }
    expect(world.slack.posts).toHaveLength(1);
  });

  it('are notified once, however many ticks, errors and restarts follow', async () => {
    await world.insert(world.errors(10));
    await tickEveryMinute(world, world.start(), 2);
    await world.insert([...world.errors(10), ...world.errors(5, {}, 100)]);
    await tickEveryMinute(world, world.start(), 2);
    await tickEveryMinute(world, world.start({ slackWebhookUrl: undefined }), 1);
    expect(world.slack.posts).toHaveLength(1);
    expect(world.said.filter((line) => line.startsWith('ALERT'))).toEqual([]);
  });

  it('of another kind, step or project are another matter', async () => {
    await world.insert([...world.errors(9), ...world.errors(9, { fingerprint: 'other' }, 20)]);
    await world.insert(world.errors(9, { projectId: `${world.projectId}-b` }, 40));
    await world.start().tick();
    expect(world.slack.posts).toHaveLength(0);
    await world.insert([...world.errors(1, {}, 60), ...world.errors(1, { fingerprint: 'other' }, 61)]);
    await world.start().tick();
    expect(await readIncidents(world.db, world.projectId)).toHaveLength(2);
    // One message covers both.
    expect(world.slack.posts).toHaveLength(1);
  });

  it('are resolved when they stop, with a notification, and are notified again when they come back', async () => {
    const alerting = world.start();
    await world.insert(world.errors(10));
    for (const minutes of [0, 20, 20, 1, 20]) {
      world.clock.advance(minutes * MINUTE);
      await alerting.tick();
    }
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { status: 'resolved', resolvedAt: '2026-03-02T12:41:00.000Z', lastSeen: '2026-03-02T12:00:00.000Z' },
    ]);
    expect(world.slack.posts).toHaveLength(2);

    world.clock.advance(20 * MINUTE);
    await world.insert(world.errors(10, {}, 50));
    await tickEveryMinute(world, alerting, 3);
    expect(world.slack.posts).toHaveLength(3);
    expect((await readIncidents(world.db, world.projectId)).map(({ status }) => status)).toEqual([
      'firing',
      'resolved',
    ]);
  });

  it('that came and went between two ticks are notified once, as resolved', async () => {
    await world.start().tick();
    await world.insert(world.errors(10));
    world.clock.advance(300 * MINUTE);
    await world.start().tick();
    expect(world.slack.posts).toHaveLength(1);
    expect(JSON.stringify(world.slack.posts[0])).toContain('Over since');
    await tickEveryMinute(world, world.start(), 2);
    expect(world.slack.posts).toHaveLength(1);
  });

  it('are found by a clock that stepped back an hour', async () => {
    const alerting = world.start();
    await alerting.tick();
    world.clock.advance(-60 * MINUTE);
    await world.insert(world.errors(10));
    await alerting.tick();
    expect(world.slack.posts).toHaveLength(1);
  });
});

describe('without a webhook', () => {
  it('an alert is one line on the console and an incident to read', async () => {
    await world.insert(world.errors(10, { template: 'order <num>\u001b[31m timed\nout' }));
    await world.start({ slackWebhookUrl: undefined }).tick();
    const [incident] = await readIncidents(world.db, world.projectId);
    const alerts = world.said.filter((line) => line.startsWith('ALERT'));
    expect(alerts).toHaveLength(1);
    for (const fact of ['10 similar errors in 9 minutes', 'support-agent', 'lookup_order', 'TimeoutError'])
      expect(alerts[0]).toContain(fact);
    expect(alerts[0]).toContain('order <num>\\u{1b}[31m timed out');
    expect(alerts[0]).toContain(`${PUBLIC_URL}/traces/${traceIdOf(10)}`);
    expect(alerts[0]).toContain(`${PUBLIC_URL}/incidents/${incident?.id}`);
    expect(await readIncidents(world.db, world.projectId)).toMatchObject([
      { status: 'firing', notices: [{ channel: 'console', status: 'sent' }] },
    ]);
  });
});

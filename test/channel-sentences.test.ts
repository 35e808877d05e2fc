// Every sentence that Settings › Channels says about what a channel gets is held against what is really sent: alerts of
// rules of each kind, an end, a receiver that fails, one that refuses, and the digest of the next morning.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CHANNELS } from '#contracts/channel';
import type { ListedChannelView } from '#contracts/channel-view';
import { RECIPIENTS } from '#contracts/digest';
import type { Database } from '#storage/database';
import { environmentRecipientId } from '#storage/recipients';
import { type ChannelSetUp, type ChannelWorldUnderTest, openChannelWorld } from './support/channel-world.ts';
import { openTestDatabase } from './support/span-rows.ts';

let db: Database;
let closeDatabase: () => Promise<void>;
let world: ChannelWorldUnderTest;
beforeAll(async () => {
  ({ db, close: closeDatabase } = await openTestDatabase());
});
afterEach(() => world.close());
afterAll(() => closeDatabase());

const slack = (name: string, enabled = true) => ({
  config: (webhookUrl: string) => ({ type: 'slack' as const, name, enabled, webhookUrl }),
});
const mail = (name: string, ...to: string[]) => ({
  config: () => ({ type: 'email' as const, name, enabled: true, to }),
});

/** What happened to a channel in a scenario, by the agent whose errors it was about. */
interface Facts {
  readonly view: ListedChannelView;
  /** Channels that got the alert of this agent while every receiver worked. */
  readonly alerted: (agent: string) => readonly string[];
  /** Channels that got its end. */
  readonly ended: (agent: string) => readonly string[];
  readonly digestReaders: readonly string[];
}
type Check = (facts: Facts, names: readonly string[]) => void;

/** Agents of the scenarios. The rule of each is named after it; that of `plain` is the default one. */
const AGENTS = ['plain', 'named', 'astray', 'kept'] as const;
const got = ({ view, alerted }: Facts, agent: string) => alerted(agent).includes(view.id);
const nothingBut = (facts: Facts, agents: readonly string[]) =>
  expect(AGENTS.filter((agent) => got(facts, agent))).toEqual(agents);
const readersOf = ({ view, digestReaders }: Facts) => view.to.filter((address) => digestReaders.includes(address));

/** Sentences of one channel. Sentences about failing receivers have their own test below. */
const CHECKS: readonly (readonly [RegExp, Check])[] = [
  [/^Gets every alert, unless its rule names other channels\.$/, (facts) => expect(got(facts, 'plain')).toBe(true)],
  [
    /^Gets no alert of rules that name other channels: (.+)\.$/,
    (facts, names) => {
      for (const name of names) expect(got(facts, name)).toBe(false);
    },
  ],
  [
    /^Gets the alerts of rules that name it: (.+)\.$/,
    (facts, names) => {
      for (const name of names) expect(got(facts, name)).toBe(true);
    },
  ],
  [
    /^Gets an alert only when no channel that gets every alert is on, or when another channel cannot take it\.$/,
    (facts) => expect(got(facts, 'plain')).toBe(false),
  ],
  [
    /^Gets every alert now, because no channel that gets every alert is on\.$/,
    (facts) => expect(got(facts, 'plain')).toBe(true),
  ],
  [/^Gets every alert now, because no other channel takes any\.$/, (facts) => expect(got(facts, 'plain')).toBe(true)],
  [/^Gets an alert only when no other channel takes any\.$/, (facts) => nothingBut(facts, [])],
  [/^Gets what waits for a channel when that is switched off or deleted\.$/, () => undefined],
  [/^Gets no alert, whatever a rule names\.$/, (facts) => nothingBut(facts, [])],
  [/^Gets no alert: it is off\.$/, (facts) => nothingBut(facts, [])],
  [/^Gets no alert: its receiver refuses\. A test that succeeds turns it on\.$/, (facts) => nothingBut(facts, [])],
  [/^Gets no alert: there is no mail server\. Set SMTP_URL and start again\.$/, (facts) => nothingBut(facts, [])],
  [/^Gets no digest: digests are mailed\.$/, (facts) => expect(readersOf(facts)).toEqual([])],
  [/^No digest is mailed to its addresses either\.$/, (facts) => expect(readersOf(facts)).toEqual([])],
  [/^The digest is mailed to its address\.$/, (facts) => expect(readersOf(facts)).toEqual(facts.view.to)],
  [
    /^The digest is not mailed to its address; add it under Digests\.$/,
    (facts) => expect(readersOf(facts)).toEqual([]),
  ],
  [/^The digest is mailed to each of its \d+ addresses\.$/, (facts) => expect(readersOf(facts)).toEqual(facts.view.to)],
  [
    /^The digest is mailed to none of its \d+ addresses; add them under Digests\.$/,
    (facts) => expect(readersOf(facts)).toEqual([]),
  ],
  [
    /^The digest is mailed to (\d+) of its \d+ addresses; add the others under Digests\.$/,
    (facts, [count]) => expect(readersOf(facts)).toHaveLength(Number(count)),
  ],
];
const said = new Set<RegExp>();

/** Lets everything happen, and holds each sentence of each channel against it. */
async function holdAll(
  setUp: ChannelSetUp,
  before?: () => Promise<void>,
): Promise<Awaited<ReturnType<ChannelWorldUnderTest['says']>>> {
  world = await openChannelWorld(db, setUp);
  await world.digests.tick();
  await before?.();
  const list = await world.says();
  const alerted = new Map<string, string[]>();
  const ended = new Map<string, string[]>();
  const about = (agent: string) => world.arrived().filter(({ words }) => words.includes(`${agent}-agent`));
  const channelsIn = (all: readonly { channel: string }[]) => [...new Set(all.map(({ channel }) => channel))].sort();
  await world.tick();
  for (const agent of AGENTS) await world.errors(`${agent}-agent`);
  await world.tick();
  for (const agent of AGENTS) alerted.set(agent, channelsIn(about(agent)));
  for (const minutes of [40, 20]) await world.tick(minutes);
  for (const agent of AGENTS)
    ended.set(agent, channelsIn(about(agent).filter(({ words }) => words.includes('esolved'))));
  world.clock.advance(24 * 3_600_000);
  await world.digests.tick();
  const facts = {
    alerted: (agent: string) => alerted.get(agent) ?? [],
    ended: (agent: string) => ended.get(agent) ?? [],
    digestReaders: world.digestReaders(),
  };
  for (const view of list.channels) {
    expect(view.gets.length, view.id).toBeGreaterThan(1);
    for (const sentence of view.gets) {
      const found = CHECKS.find(([pattern]) => pattern.test(sentence));
      if (found === undefined) throw new Error(`No check for what ${view.id} says: ${sentence}`);
      const [pattern, check] = found;
      said.add(pattern);
      check({ ...facts, view }, pattern.exec(sentence)?.[1]?.split(', ') ?? []);
    }
  }
  // What holds for all of them.
  for (const agent of AGENTS) expect(facts.ended(agent), `the end of ${agent}`).toEqual(facts.alerted(agent));
  expect(list.gets.slice(0, 3)).toEqual([
    'Every channel that is on gets every alert, unless the rule of the alert names channels or the channel is set to get less.',
    'A channel that got an alert also gets its end.',
    'What a channel cannot take goes to another one: at once when its receiver refuses for good, else after four attempts (about seven minutes).',
  ]);
  for (const sentence of list.gets.slice(3)) {
    const [, names = ''] =
      /^(?:Kept for the digest, so without alerts|Name no channel that takes alerts, so that theirs go where those of other rules go): (.+)\.$/.exec(
        sentence,
      ) ?? [];
    for (const name of names.split(', '))
      expect(facts.alerted(name), sentence).toEqual(sentence.startsWith('Kept') ? [] : facts.alerted('plain'));
  }
  return list;
}

const rule = (id: string, more: object) => ({ id, name: id, where: { agents: [`${id}-agent`] }, ...more });

it('with channels of every kind', async () => {
  const list = await holdAll(
    {
      slack: true,
      mailTo: ['a@acme.example', 'b@acme.example'],
      stored: {
        'ch-team': slack('Team'),
        'ch-off': slack('Off', false),
        'ch-refused': slack('Refused'),
        'ch-backup': { ...mail('Backup', 'c@acme.example'), receives: 'backup' },
        'ch-backup-2': { ...mail('Second backup', 'f@acme.example', 'g@acme.example'), receives: 'backup' },
        'ch-digest': { ...mail('Readers', 'd@acme.example', 'e@acme.example'), receives: 'digest' },
      },
      refused: ['ch-refused'],
      rules: [
        rule('named', { channels: ['ch-team', 'ch-backup', 'ch-off'] }),
        rule('astray', { channels: ['ch-digest', 'ch-off'] }),
        rule('kept', { notify: 'digest' }),
      ],
    },
    async () => {
      const recipient = { timeZone: 'UTC', since: '2026-03-02T12:00:00Z' };
      const [off, own] = ['b@acme.example', 'c@acme.example'];
      await world.set(RECIPIENTS, environmentRecipientId(off), { ...recipient, address: off, enabled: false });
      await world.set(RECIPIENTS, 'own', { ...recipient, address: own });
    },
  );
  expect(list.gets.slice(3)).toEqual([
    'Kept for the digest, so without alerts: Slow runs, Changed answers, kept.',
    'Name no channel that takes alerts, so that theirs go where those of other rules go: astray.',
  ]);
  const gets = Object.fromEntries(list.channels.map(({ id, gets }) => [id, gets]));
  expect(gets['env-slack']).toContain('Gets no alert of rules that name other channels: named.');
  expect(gets['env-email']?.at(-1)).toBe('The digest is mailed to 1 of its 2 addresses; add the others under Digests.');
  expect(gets['ch-digest']).toEqual([
    'Gets no alert, whatever a rule names.',
    'The digest is mailed to each of its 2 addresses.',
  ]);
  // What it did last, as the page shows it.
  const after = new Map((await world.says()).channels.map((view) => [view.id, view]));
  expect(after.get('env-slack')?.lastSent).toMatchObject({ status: 'sent', transition: 'resolved' });
  expect(after.get('ch-digest')?.lastSent).toMatchObject({ status: 'sent', transition: 'digest' });
  expect(after.get('ch-off')).toMatchObject({ lastSent: null, lastFailed: null, waiting: 0 });
});

it('with a backup and no channel before it', async () => {
  await holdAll({ stored: { 'ch-backup': { ...mail('Backup', 'c@acme.example'), receives: 'backup' } } });
});

it('with no channel but the console, and mail without a server', async () => {
  await holdAll({});
  await world.close();
  await holdAll({ hasMailServer: false, slack: true, stored: { 'ch-mail': mail('Mail', 'c@acme.example') } });
});

it('has said each sentence that there is a check for', () => {
  expect(
    CHECKS.map(([pattern]) => String(pattern)).filter((pattern) => ![...said].map(String).includes(pattern)),
  ).toEqual([]);
});

/** Who has got something about the agent so far. */
const whoGot = (agent: string) =>
  [
    ...new Set(
      world
        .arrived()
        .filter(({ words }) => words.includes(agent))
        .map(({ channel }) => channel),
    ),
  ].sort();

it('what a channel cannot take goes to another one: after four attempts, about seven minutes, or at once', async () => {
  world = await openChannelWorld(db, {
    slack: true,
    stored: { 'ch-team': slack('Team'), 'ch-backup': { ...mail('Backup', 'c@acme.example'), receives: 'backup' } },
  });
  await world.tick();
  world.slack('env-slack').answerWith('server_error');
  await world.errors('stuck-agent');
  await world.tick();
  for (const minutes of [1, 2]) await world.tick(minutes);
  expect([whoGot('stuck-agent'), world.slack('env-slack').requests()]).toEqual([['ch-team'], 3]);
  // Seven minutes after the first attempt.
  await world.tick(4);
  expect([whoGot('stuck-agent'), world.slack('env-slack').requests()]).toEqual([['ch-backup', 'ch-team'], 4]);

  world.slack('env-slack').answerWith('no_service');
  await world.errors('gone-agent');
  await world.tick();
  expect(whoGot('gone-agent')).toEqual(['ch-backup', 'ch-team']);
  const [said] = (await world.says()).channels.filter(({ id }) => id === 'env-slack');
  expect(said?.gets).toContain('Gets no alert: its receiver refuses. A test that succeeds turns it on.');
});

it('what waits for a channel that is switched off goes to the console', async () => {
  world = await openChannelWorld(db, { slack: true, stored: { 'ch-team': slack('Team') } });
  await world.tick();
  world.slack('ch-team').answerWith('server_error');
  await world.errors('waiting-agent');
  await world.tick();
  expect(whoGot('waiting-agent')).toEqual(['env-slack']);
  const [view] = (await world.says()).channels.filter(({ id }) => id === 'ch-team');
  expect(view).toMatchObject({ waiting: 1, lastFailed: { attempts: 1, lastError: expect.stringContaining('500') } });
  await world.set(CHANNELS, 'ch-team', slack('Team', false).config('https://hooks.slack.com/services/x'));
  await world.tick(1);
  expect(whoGot('waiting-agent')).toEqual(['console', 'env-slack']);
});

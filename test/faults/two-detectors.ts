// F25: two detectors on one server, killed again and again at any step of a tick, while Slack refuses, hangs and accepts
// without saying so. No incident is lost; a message may come twice only where it could not be known.
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { readIncidents } from '#storage/read-incidents';
import { startClickHouseProcess } from '../support/clickhouse-process.ts';
import { insertErrors } from '../support/error-rows.ts';
import { type FakeSlack, type SlackMood, startFakeSlack } from '../support/fake-slack.ts';
import { startDetectorPair } from './detector-pair.ts';
import { STEPS, type Step } from './detector-steps.ts';
import { MINUTE, NOON } from './detector-world.ts';
import type { Fault } from './fault.ts';
import { seededRandom } from './random.ts';

/** Minutes by the clock of the detectors: a claim runs out after three, a message is given up after three hours. */
const SETTLED_WITHIN = 240;

/** What Slack answers next: mostly ok. */
function moodOf(chance: number): SlackMood {
  if (chance < 0.1) return { rateLimitedSeconds: 60 };
  if (chance < 0.25) return 'accepted_then_error';
  return chance < 0.32 ? 'hang' : 'ok';
}

/** How often each incident was opened on Slack, and how often without a word that it may be a repeat. */
function countPosts({ posts }: FakeSlack, ids: readonly string[]) {
  let twice = 0;
  let unmarked = 0;
  for (const id of ids) {
    const naming = posts
      .map((post) => JSON.stringify(post))
      .filter((text) => text.includes(id) && !/resolved|is over/i.test(text));
    twice += Math.max(0, naming.length - 1);
    unmarked += Math.max(0, naming.filter((text) => !/repeat/i.test(text)).length - 1);
  }
  return { twice, unmarked };
}

export const twoDetectors: Fault = {
  name: 'F25',
  breaks: 'two detectors on one server, killed -9 in turns, while Slack refuses, hangs, and accepts and says 500',
  async run(short) {
    const rounds = short ? 3 : Number(process.env.FAULT_DETECTORS ?? 25);
    const random = seededRandom(25);
    const clickhouse = await startClickHouseProcess();
    const slack = await startFakeSlack();
    const db = await openDatabase({ url: clickhouse.url, user: 'default', password: '', database: 'telltale' });
    let pair: Awaited<ReturnType<typeof startDetectorPair>> | null = null;
    let nowMs = NOON;
    const tick = async (mood: SlackMood, victim: number | null) => {
      nowMs += MINUTE;
      slack.answerWith(mood);
      const step = STEPS[Math.floor(random() * STEPS.length)] as Step;
      const nth = 1 + Math.floor(random() * (step === 'read' ? 20 : 3));
      const at = { step, nth, when: random() < 0.5 ? ('before' as const) : ('after' as const) };
      await pair?.tick({ nowMs, slackIsHanging: slack.isHanging() }, victim === null ? undefined : { victim, at });
    };
    const incidents = async () =>
      (await readIncidents(db, 'default', 10_000)).filter(({ kind }) => kind !== 'provider');
    const isNotified = (incident: Awaited<ReturnType<typeof incidents>>[number]) =>
      incident.notices.some(({ status }) => status === 'sent');
    try {
      await migrate(db);
      pair = await startDetectorPair([clickhouse.url, slack.webhookUrl]);
      await tick('ok', null);
      for (let round = 0; round < rounds; round++) {
        const rows = Array.from({ length: 10 }, (_, i) => ({
          projectId: 'default',
          fingerprint: `round-${round}`,
          trace: round * 100 + i,
          endedMs: nowMs - i,
        }));
        await insertErrors(db, rows);
        // Sometimes the one that works, sometimes the one that waits.
        await tick(moodOf(random()), Math.floor(random() * 2));
        if (random() < 0.5) await tick(moodOf(random()), null);
      }
      let all = await incidents();
      for (let minute = 0; minute < SETTLED_WITHIN && !(all.length >= rounds && all.every(isNotified)); minute++) {
        await tick('ok', null);
        all = await incidents();
      }
      const kills = pair.deaths();
      const lost = rounds - new Set(all.filter(isNotified).map(({ fingerprint }) => fingerprint)).size;
      const { twice, unmarked } = countPosts(
        slack,
        all.map(({ id }) => id),
      );
      return {
        ok: lost === 0 && all.length === rounds && kills === rounds && unmarked <= kills,
        figures: { kills, patterns: rounds, incidents: all.length, lost, twice, twiceUnmarked: unmarked },
      };
    } finally {
      await pair?.close();
      await db.close();
      await slack.close();
      await clickhouse.close();
    }
  },
};

// F25: two detectors on one server, killed again and again, while Slack refuses, hangs and accepts without saying so. Their
// clock runs sixty times as fast. No incident is lost; a message may come twice only where nobody could know.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migrate } from '#storage/migrate';
import { openDatabase } from '#storage/open';
import { readIncidents } from '#storage/read-incidents';
import { startClickHouseProcess } from '../support/clickhouse-process.ts';
import { insertErrors } from '../support/error-rows.ts';
import { type FakeSlack, type SlackMood, startFakeSlack } from '../support/fake-slack.ts';
import type { Fault } from './fault.ts';
import { seededRandom } from './random.ts';

const SCRIPT = fileURLToPath(new URL('./detector-process.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SPEED = 60;

/** What Slack answers next: mostly ok. */
function moodOf(chance: number): SlackMood {
  if (chance < 0.1) return { rateLimitedSeconds: 60 };
  if (chance < 0.25) return 'accepted_then_error';
  return chance < 0.32 ? 'hang' : 'ok';
}

function spawnDetector(args: readonly string[]): ChildProcess {
  const command = ['--conditions=source', '--import', 'tsx', SCRIPT, ...args];
  return spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
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
    const beganAt = Date.now();
    const nowMs = () => beganAt + (Date.now() - beganAt) * SPEED;
    const db = await openDatabase({ url: clickhouse.url, user: 'default', password: '', database: 'telltale' });
    const args = [clickhouse.url, slack.webhookUrl, String(beganAt), String(SPEED)];
    const flaky = setInterval(() => slack.answerWith(moodOf(random())), 150);
    const running: ChildProcess[] = [];
    let kills = 0;
    try {
      await migrate(db);
      running.push(spawnDetector(args), spawnDetector(args));
      for (const child of running) await once(child.stdout as NodeJS.ReadableStream, 'data');
      for (let round = 0; round < rounds; round++) {
        const endedMs = nowMs();
        const rows = Array.from({ length: 10 }, (_, i) => ({
          projectId: 'default',
          fingerprint: `round-${round}`,
          trace: round * 100 + i,
          endedMs: endedMs - i,
        }));
        await insertErrors(db, rows);
        await wait(300 + random() * 1500);
        const victim = Math.floor(random() * 2);
        await kill(running[victim] as ChildProcess);
        kills++;
        running[victim] = spawnDetector(args);
      }
      clearInterval(flaky);
      slack.answerWith('ok');
      const incidents = async () =>
        (await readIncidents(db, 'default', 10_000)).filter(({ kind }) => kind !== 'provider');
      const isTold = (incident: Awaited<ReturnType<typeof incidents>>[number]) =>
        incident.notices.some(({ status }) => status === 'sent');
      // Long enough for the last claim to run out and the longest wait of an attempt, at the clock's speed.
      for (let tries = 0; tries < 120; tries++) {
        const all = await incidents();
        if (all.length >= rounds && all.every(isTold)) break;
        await wait(1000);
      }
      const all = await incidents();
      const lost = rounds - new Set(all.filter(isTold).map(({ fingerprint }) => fingerprint)).size;
      const { twice, unmarked } = countPosts(
        slack,
        all.map(({ id }) => id),
      );
      return {
        ok: lost === 0 && all.length === rounds && unmarked <= kills,
        figures: { kills, patterns: rounds, incidents: all.length, lost, twice, twiceUnmarked: unmarked },
      };
    } finally {
      clearInterval(flaky);
      for (const child of running) await kill(child);
      await db.close();
      await slack.close();
      await clickhouse.close();
    }
  },
};

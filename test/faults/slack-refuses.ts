// F22: Slack asks to wait, accepts and says 500, hangs, resets, or no longer knows the webhook. Nothing is lost, and only
// what Slack took without saying so may come twice.
import type { SlackMood } from '../support/fake-slack.ts';
import { propertyRuns } from '../support/tier.ts';
import { type DetectorWorld, tickMinutes, withDetectors } from './detector-world.ts';
import type { Fault } from './fault.ts';

interface Verdict {
  readonly mood: string;
  readonly posts: number;
  readonly requestsWhileTroubled: number;
  readonly onConsole: number;
  readonly unnotified: number;
}

async function play(world: DetectorWorld, mood: SlackMood, troubledMinutes: number, every: number): Promise<Verdict> {
  const alerting = world.start();
  world.slack.answerWith(mood);
  await world.burst('f', 1);
  await tickMinutes(world, alerting, troubledMinutes);
  const requestsWhileTroubled = world.slack.requests();
  world.slack.answerWith('ok');
  await tickMinutes(world, alerting, 12, every);
  const { unnotified } = await world.notified();
  return {
    mood: typeof mood === 'string' ? mood : 'rate_limited',
    posts: world.slack.posts.length,
    requestsWhileTroubled,
    onConsole: world.said.filter((line) => line.startsWith('ALERT')).length,
    unnotified,
  };
}

export const slackRefuses: Fault = {
  name: 'F22',
  breaks: 'Slack answers 429 with Retry-After, 500, 500 after accepting, 404 no_service, or not at all',
  async run(short) {
    const moods: readonly SlackMood[] = short
      ? [{ rateLimitedSeconds: 150 }, 'accepted_then_error', 'no_service', 'hang']
      : [
          { rateLimitedSeconds: 150 },
          'server_error',
          'accepted_then_error',
          'no_service',
          'invalid_token',
          'hang',
          'reset',
        ];
    return withDetectors(async (newWorld) => {
      const verdicts: Verdict[] = [];
      for (const mood of moods) verdicts.push(await play(await newWorld(), mood, 2, short ? propertyRuns(4, 1) : 1));
      const wrong = verdicts.filter(({ mood, posts, requestsWhileTroubled, onConsole, unnotified }) => {
        if (unnotified > 0) return true;
        if (mood === 'no_service' || mood === 'invalid_token') return requestsWhileTroubled !== 1 || onConsole !== 1;
        if (mood === 'rate_limited') return requestsWhileTroubled !== 1 || posts !== 1;
        return mood === 'accepted_then_error' ? posts < 1 || posts > 3 : posts !== 1;
      });
      const doubtful = verdicts.find(({ mood }) => mood === 'accepted_then_error');
      return {
        ok: wrong.length === 0,
        figures: {
          ways: verdicts.length,
          lost: verdicts.reduce((sum, { unnotified }) => sum + unnotified, 0),
          twiceWhereSlackTookItAndSaid500: (doubtful?.posts ?? 1) - 1,
          twiceOtherwise: verdicts.filter((v) => v !== doubtful && v.posts > 1).length,
        },
        notes: wrong.map((verdict) => JSON.stringify(verdict)).join('; '),
      };
    });
  },
};

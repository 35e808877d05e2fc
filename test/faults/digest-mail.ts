// F21: the mail server refuses, hangs, is busy or breaks off at every stage. No digest is lost in silence, and one is
// mailed twice only when it could not be known whether it had arrived, under one Message-ID.
import type { SmtpMood } from '../support/fake-smtp.ts';
import { withDigests } from './digest-world.ts';
import type { Fault } from './fault.ts';

/** Whether a mail may come twice after it, and whether the server refused for good. */
const MOODS: readonly (readonly [SmtpMood, { readonly mayRepeat: boolean; readonly isFinal: boolean }])[] = [
  ['refuse_connection', { mayRepeat: false, isFinal: true }],
  ['hang_at_greeting', { mayRepeat: false, isFinal: false }],
  ['refuse_login', { mayRepeat: false, isFinal: true }],
  ['refuse_sender', { mayRepeat: false, isFinal: true }],
  ['busy', { mayRepeat: false, isFinal: false }],
  ['unknown_receiver', { mayRepeat: false, isFinal: true }],
  ['busy_after_data', { mayRepeat: false, isFinal: false }],
  ['refuse_after_data', { mayRepeat: false, isFinal: true }],
  ['hang_after_data', { mayRepeat: true, isFinal: false }],
  ['drop_in_data', { mayRepeat: true, isFinal: false }],
  ['drop_after_250', { mayRepeat: false, isFinal: false }],
];
const START = Date.parse('2026-11-20T12:00:00Z');
const DUE = Date.parse('2026-11-21T08:00:00Z');

export const smtpTrouble: Fault = {
  name: 'F21',
  breaks:
    'the mail server refuses, hangs, is busy, or breaks off: at the greeting, the login, the addresses, within and after the message',
  run: (short) =>
    withDigests(async ({ smtp, start, deliveries }) => {
      let [lost, twice, ids, saidFailed] = [0, 0, 0, 0];
      const moods = short ? MOODS.filter((_, i) => i % 3 === 0) : MOODS;
      for (const [mood, { mayRepeat, isFinal }] of moods) {
        const projectId = `p-${mood}`;
        let nowMs = START;
        const of = { projectId, timeZone: 'UTC', at: '08:00', now: () => nowMs };
        await start(of).tick();
        nowMs = DUE;
        const before = smtp.mails.length;
        smtp.answerWith(mood);
        // Three attempts, each by a process that just started.
        for (let attempt = 0; attempt < 3; attempt++) {
          const digests = start(of);
          await digests.tick();
          await digests.stop();
          nowMs += 10 * 60_000;
        }
        smtp.answerWith('ok');
        await start(of).tick();
        await start(of).tick();
        const mails = smtp.mails.slice(before);
        const [delivery, ...others] = await deliveries(projectId);
        if (others.length > 0 || delivery === undefined) lost++;
        else if (isFinal) {
          if (delivery.status !== 'failed' || delivery.lastError === null) lost++;
          else saidFailed++;
        } else if (delivery.status !== 'sent' || mails.length === 0) lost++;
        if (new Set(mails.map(({ mail }) => mail.messageId)).size > 1) ids++;
        if (mails.length > 1 && !(mayRepeat && mails.length <= 4)) twice++;
      }
      return {
        ok: lost + twice + ids === 0,
        figures: {
          moods: moods.length,
          lost,
          twiceWithoutReason: twice,
          moreThanOneMessageId: ids,
          saidAsFailed: saidFailed,
        },
      };
    }),
};

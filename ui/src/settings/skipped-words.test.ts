import { describe, expect, it } from 'vitest';
import { percent, queueName, skippedHeadline, skippedShare } from './skipped-words.ts';

const refused = { count: 0, countNow: 0, rows: [] };
const rejected = (count: number, countNow = 0, senders = 1) => ({ count, countNow, senders, lastAt: null, rows: [] });
const lost = { id: 'a', at: '', signal: null, records: 3, bytes: 0, reason: 'gone', retry: null, isLost: true };

describe('skipped data in words', () => {
  it('says what is refused now and what was before', () => {
    expect(skippedHeadline({ rejected: rejected(0, 0, 0), refused }, '7 days')).toBe(
      'Nothing is refused right now; in 7 days every record received was stored',
    );
    expect(skippedHeadline({ rejected: rejected(1, 1), refused }, '24 hours')).toBe(
      '1 record was refused in the last ten minutes; in 24 hours 1 record from 1 sender was not stored',
    );
    expect(
      skippedHeadline({ rejected: rejected(0, 0, 0), refused: { ...refused, count: 2, countNow: 2 } }, '7 days'),
    ).toBe('2 requests were refused in the last ten minutes; in 7 days every record that was read was stored');
  });

  it('never says that nothing was dropped when something was', () => {
    const share = { rejected: rejected(2318), received: 1_287_224 };
    expect(skippedShare({ ...share, quarantine: null })).toMatch(
      /^That is 0\.18% of 1\.3M received\..*none was dropped/,
    );
    expect(skippedShare({ ...share, quarantine: { records: 3, bytes: 0, rows: [lost] } })).not.toMatch(
      /none was dropped/,
    );
    expect(skippedShare({ rejected: rejected(0), received: null, quarantine: null })).toMatch(/No collector/);
  });

  it('rounds a share to two digits', () => {
    expect([percent(1, 1_000_000), percent(1, 2), percent(2, 1), percent(0, 5), percent(1, 0)]).toEqual([
      'under 0.01%',
      '50%',
      '100%',
      '0%',
      '100%',
    ]);
    expect([queueName('summaries'), queueName('constructor')]).toEqual(['Summary', 'constructor']);
  });
});

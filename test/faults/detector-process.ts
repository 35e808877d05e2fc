// A detector in a process of its own, on a server, with a clock that runs fast: to be killed (F25).
// Arguments: ClickHouse URL, Slack webhook, when the clock began (ms), how many times as fast it runs.
import { openDatabase } from '#storage/open';
import { startAlerting } from '../../alerting/schedule.ts';
import { testDirectory } from '../support/test-directory.ts';

const [url = '', slackWebhookUrl = '', beganAt = '', speed = ''] = process.argv.slice(2);
const db = await openDatabase({ url, user: 'default', password: '', database: 'telltale' });
const silent = () => undefined;
let ticks = 0;
const now = () => Number(beganAt) + (Date.now() - Number(beganAt)) * Number(speed);
startAlerting({
  db,
  projectId: 'default',
  publicUrl: () => 'http://telltale.test',
  directory: testDirectory({ db, projectId: 'default', slackWebhookUrl, slackTimeoutMs: 150, writeLine: silent, now }),
  log: { debug: silent, info: silent, warn: silent, error: silent },
  now,
  wake(tick) {
    const next = (): void => {
      void tick().then((result) => {
        console.log(JSON.stringify({ ticks: ++ticks, result }));
        setTimeout(next, 60_000 / Number(speed));
      });
    };
    next();
    return silent;
  },
});

// A detector in a process of its own, on a server, to be killed (F25). It ticks when it is asked to, by the clock it is
// given, and may be asked to kill itself on the way: at a step, so that no machine is too slow for it.
// Arguments: ClickHouse URL, Slack webhook.
import type { Database } from '#storage/database';
import { openDatabase } from '#storage/open';
import type { ChannelDirectory } from '../../alerting/deliver/channels/channel.ts';
import { startAlerting } from '../../alerting/start-alerting.ts';
import { testDirectory } from '../support/test-directory.ts';
import type { Step, TickOrder } from './detector-steps.ts';

let order: TickOrder = { nowMs: 0, slackIsHanging: false, dieAt: null };
const done = { read: 0, write: 0, send: 0 };

async function counted<T>(step: Step, work: () => Promise<T>): Promise<T> {
  const { dieAt } = order;
  const isLast = ++done[step] === dieAt?.nth && step === dieAt.step;
  if (isLast && dieAt.when === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await work();
  if (isLast) process.kill(process.pid, 'SIGKILL');
  return result;
}

const countedDatabase = (db: Database): Database => ({
  ...db,
  query: (...args) => counted('read', () => db.query<never>(...args)),
  queryTuples: (...args) => counted('read', () => db.queryTuples<never>(...args)),
  insertRows: (...args) => counted('write', () => db.insertRows(...args)),
  command: (sql) => counted('write', () => db.command(sql)),
});

const countedDirectory = (directory: ChannelDirectory): ChannelDirectory => ({
  ...directory,
  async list() {
    return (await directory.list()).map(({ channel, ...rest }) => ({
      ...rest,
      channel: { ...channel, send: (message) => counted('send', () => channel.send(message)) },
    }));
  },
});

const [url = '', slackWebhookUrl = ''] = process.argv.slice(2);
const db = countedDatabase(await openDatabase({ url, user: 'default', password: '', database: 'telltale' }));
const silent = () => undefined;
const now = () => order.nowMs;
const slackIsHanging = () => order.slackIsHanging;
const directory = testDirectory({ db, projectId: 'default', slackWebhookUrl, slackIsHanging, writeLine: silent, now });
const alerting = startAlerting({
  db,
  projectId: 'default',
  publicUrl: () => 'http://telltale.test',
  directory: countedDirectory(directory),
  log: { debug: silent, info: silent, warn: silent, error: silent },
  now,
  wake: () => silent,
});
process.on('message', (next: TickOrder) => {
  order = next;
  Object.assign(done, { read: 0, write: 0, send: 0 });
  void alerting.tick().then(({ status }) => process.send?.(status));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

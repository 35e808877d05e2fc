// Provokes every class of errors inside spans of the real SDK, which sends them where it is told.
// Arguments: address of the OTLP receiver, variants per class, and the files to take (default all).
import { agent, flush, llm, shutdown, start, step, tool } from '@telltale/sdk';
import { chance } from './kit.mjs';

const FILES = ['openai', 'anthropic', 'pg', 'http', 'local', 'schemas', 'stores', 'services'];
const CLASSES_AT_ONCE = 6;
const [endpoint, variants, ...chosen] = process.argv.slice(2);
const count = Number(variants);

// Libraries warn of what we do to them.
for (const method of ['log', 'warn', 'error']) console[method] = () => {};
process.removeAllListeners('warning');
const say = (line) => process.stderr.write(`${line}\n`);

start({ service: 'agents', endpoint, announce: false, selfCheck: false, captureContent: false });

/** One failing call, inside the run of its agent. */
async function provokeOne(error, index) {
  const v = chance(error.name, index);
  const name = typeof error.step === 'function' ? error.step(v) : error.step;
  const attributes = { 'bench.class': error.name, 'bench.variant': index };
  const fail = async () => {
    await error.provoke(v);
    throw new NotProvoked(error.name);
  };
  try {
    await agent(error.agent, () => {
      if (error.kind === 'llm') return llm(name, { model: name, attributes }, fail);
      return error.kind === 'tool' ? tool(name, { attributes }, fail) : step(name, { attributes }, fail);
    });
  } catch (thrown) {
    if (thrown instanceof NotProvoked) throw thrown;
  }
}

class NotProvoked extends Error {
  constructor(name) {
    super(`${name}: nothing failed. The library has changed, or the server is not bad enough.`);
  }
}

const classes = [];
for (const file of chosen.length > 0 ? chosen : FILES)
  classes.push(...(await (await import(`./${file}.mjs`)).default()));
const names = new Set(classes.map(({ name }) => name));
if (names.size < classes.length) throw new Error('two classes of one name');

async function work() {
  for (let error = classes.shift(); error !== undefined; error = classes.shift()) {
    for (let i = 0; i < count; i++) await provokeOne(error, i);
    await flush();
  }
}
// A late error of a client that was already given up must not end the others.
process.on('uncaughtException', (error) => say(`late: ${String(error?.message ?? error).slice(0, 200)}`));
process.on('unhandledRejection', (error) => say(`late: ${String(error?.message ?? error).slice(0, 200)}`));
const failures = [];
await Promise.all(Array.from({ length: CLASSES_AT_ONCE }, () => work().catch((error) => failures.push(error))));
await shutdown();
for (const failure of failures) say(String(failure));
process.exit(failures.length === 0 ? 0 : 1);

// What the scripts of this repository take: one place, so that each refuses what it does not know before any work begins,
// and shows help. Plain Node without packages: it runs right after a clone.
import { parseArgs } from 'node:util';

const NOTHING = { options: {}, words: null };
/** A count of seconds, not less than 1. */
const isSeconds = (word) => /^[1-9]\d{0,5}$/.test(word);

/**
 * By path. `options`: what node:util's parseArgs takes, and what each `is`. `words`: arguments without dashes; null = none.
 * `environment`: variables that change what it does.
 */
const SCRIPTS = {
  'bench/run.ts': {
    ...NOTHING,
    call: 'npm run bench',
    does: 'Measures decode, ingest and lookup beside the plain way; a full run is added to bench/RESULTS.md.',
    environment: { BENCH_SPANS: 'spans in the table for lookups (1000000)' },
  },
  'bench/detector.ts': {
    ...NOTHING,
    call: 'npm run bench:detector',
    does: 'Measures a tick of the detector and the way to the message; a full run is added to bench/RESULTS.md.',
    environment: { BENCH_ERRORS: 'errors of a day (1000000)' },
  },
  'bench/grouping/run.ts': {
    options: {},
    words: {
      usage: '[provoke [VARIANTS] [FILE…]]',
      is: 'provoke: builds the corpus again first, with so many variants of each error, from these files (default: all)',
      areGood: ([task, variants]) => (task === undefined || task === 'provoke') && /^\d*$/.test(variants ?? ''),
    },
    call: 'npm run bench:grouping',
    does: 'Measures how well errors are grouped; without arguments the figures are added to bench/RESULTS.md.',
  },
  'bench/summaries.ts': {
    ...NOTHING,
    call: 'npm run bench:summaries',
    does: 'Measures how many summaries a second the template writes.',
  },
  'bench/patterns.ts': {
    ...NOTHING,
    call: 'npm run bench:patterns',
    does: 'Measures the list of error patterns over a million errors; a full run is added to bench/RESULTS.md.',
    environment: { BENCH_ERRORS: 'errors (1000000)' },
  },
  'bench/sdk.ts': {
    options: {},
    words: {
      usage: '[FOLDER [install]]',
      is: 'FOLDER: what npm installs stays there for the next time; install: measures that alone',
      areGood: (words) => words.length <= 2 && (words[1] ?? 'install') === 'install',
    },
    call: 'npm run bench:sdk',
    does: 'Measures what the SDK costs an agent, and adds the figures to bench/RESULTS.md. Needs npm.',
  },
  'bench/sustained.ts': {
    options: {},
    words: {
      usage: '[SECONDS]',
      is: 'how long each load lasts (180); less is not added to bench/RESULTS.md',
      areGood: (words) => words.length <= 1 && words.every(isSeconds),
    },
    call: 'npm run bench:sustained',
    does: 'Measures how much one machine takes for as long as it lasts.',
  },
  'bench/digest.ts': {
    ...NOTHING,
    call: 'npm run bench:digest',
    does: 'Measures the digest of a day of many runs.',
    environment: { BENCH_RUNS: 'runs of the day (100000)' },
  },
  'test/faults/run.ts': {
    options: { short: { type: 'boolean', is: 'fewer rounds; nothing is written' } },
    words: { usage: '[FAULT…]', is: 'the names of faults, such as F1; default: all', areGood: () => true },
    call: 'npm run faults',
    does: 'Breaks the real program on purpose, prints what it kept, and writes it into docs/reliability.md. All faults take more than an hour.',
  },
  'test/run.mjs': {
    options: {
      check: { type: 'boolean', is: 'also format, lint, types, svelte-check and unused code, before the tests' },
      full: { type: 'boolean', is: 'more random cases and long forms' },
      clock: { type: 'string', is: 'with the clock of every process moved: +1d, +5w, +2y, or a moment as ISO 8601' },
    },
    words: { usage: '[FILE…]', is: 'test files; default: all. Options of vitest are passed on', areGood: () => true },
    call: 'npm test',
    does: 'Installs what is missing, builds, and runs the tests.',
  },
  'deploy/bundle.mjs': {
    ...NOTHING,
    call: 'node deploy/bundle.mjs',
    does: 'Bundles the program into dist/.',
  },
};

/**
 * The arguments of a script. Ends the process with 0 after `--help`, and with 2 and one line when there is an argument
 * that the script does not take.
 * @param {string} path of the script, from the root of the repository
 * @param {readonly string[]} [args]
 * @returns {{ values: Record<string, boolean | string | undefined>, words: string[] }}
 */
export function readArguments(path, args = process.argv.slice(2)) {
  const script = SCRIPTS[path];
  if (args.includes('--help') || args.includes('-h')) {
    console.log(helpOf(script));
    process.exit(0);
  }
  const options = Object.fromEntries(Object.entries(script.options).map(([name, { type }]) => [name, { type }]));
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    const isGood = script.words === null ? positionals.length === 0 : script.words.areGood(positionals);
    if (!isGood) throw new Error(`these arguments are not known: ${positionals.join(' ')}`);
    return { values, words: positionals };
  } catch (error) {
    return refuseArguments(path, error.message);
  }
}

/** Ends the process with 2 and one line. */
export function refuseArguments(path, problem) {
  // The rest of Node's message is about arguments that begin with a dash.
  const [sentence] = problem.split('. ');
  console.error(`${SCRIPTS[path].call}: ${sentence.replace(/\.$/, '')}. Use --help to see what it takes.`);
  return process.exit(2);
}

/** @param {string} path whether arguments of this script are described here */
export const isScript = (path) => Object.hasOwn(SCRIPTS, path);

function helpOf({ call, does, options, words, environment = {} }) {
  const dashes = call.startsWith('npm ') ? ' --' : '';
  const takes = [...Object.keys(options).map((name) => `[--${name}]`), ...(words === null ? [] : [words.usage])];
  const lines = [
    ...Object.entries(options).map(([name, { is }]) => [`--${name}`, is]),
    ...(words === null ? [] : [[words.usage, words.is]]),
    ['--help', 'shows this'],
    ...Object.entries(environment),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    `Usage: ${call}${takes.length > 0 ? `${dashes} ${takes.join(' ')}` : ''}`,
    '',
    does,
    '',
    ...lines.map(([name, is]) => `  ${name.padEnd(width)}  ${is}`),
  ].join('\n');
}

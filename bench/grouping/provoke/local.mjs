// What fails without a network: files, processes, JSON, and mistakes in the agent's own code.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const FILES = (folder) => ({
  missing: (v) => readFile(v.path()),
  'is-folder': async (v) => readFile(await made(folder, v)),
  'not-folder': async (v) => readdir(await written(folder, v)),
  exists: async (v) => mkdir(await made(folder, v)),
  'name-too-long': (v) => readFile(join(folder, v.id(v.int(260, 400)))),
  loop: async (v) => {
    const path = join(folder, v.id(12));
    await symlink(path, path);
    return readFile(path);
  },
});

async function made(folder, v) {
  const path = join(folder, v.id(12));
  await mkdir(path);
  return path;
}

async function written(folder, v) {
  const path = join(folder, v.id(12));
  await writeFile(path, '');
  return path;
}

const python = (code, ...args) => run('python3', ['-c', code, ...args]);
const PROCESSES = {
  'not-installed': () => run('wkhtmltopdf-nowhere', ['in.html']),
  'exit-2': (v) => run('sh', ['-c', `echo "convert: no decode delegate for ${v.path()}" >&2; exit 2`]),
  'exit-137': (v) => run('sh', ['-c', `echo ${v.id(5)} >&2; exit 137`]),
  killed: (v) => run('sleep', ['5'], { timeout: v.int(10, 40), killSignal: 'SIGKILL' }),
  'python-key': (v) =>
    python('import sys\ndef price(order):\n    return order["price"]\nprice({"id": sys.argv[1]})', v.digits(5)),
  'python-value': (v) =>
    python(
      'import sys\ndef amount(text):\n    return float(text)\namount(sys.argv[1])',
      v.pick([v.id(5), v.person(), `${v.int(1, 99)},50`]),
    ),
  'python-module': () => python('import pandas_nowhere'),
  'output-too-long': (v) => run('sh', ['-c', 'head -c 5000 /dev/zero'], { maxBuffer: v.int(10, 900) }),
};

const reply = (v) =>
  JSON.stringify({
    customer: v.person(),
    items: Array.from({ length: v.int(1, 4) }, () => ({ sku: v.id(6), price: v.int(1, 999) })),
    note: v.sentence(),
  });
const JSON_REPLIES = {
  // What a model writes when it was asked for JSON.
  prose: (v) => JSON.parse(`${v.sentence()} ${v.sentence()}`),
  fenced: (v) => JSON.parse(`\`\`\`json\n${reply(v)}\n\`\`\``),
  truncated: (v) => JSON.parse(reply(v).slice(0, v.int(10, 60))),
  trailing: (v) => JSON.parse(`${reply(v)}\n${v.sentence()}`),
  'single-quotes': (v) => JSON.parse(`{'sku': '${v.id(6)}'}`),
  'line-break': (v) => JSON.parse(`{"note": "${v.person()}\n${v.sentence()}"}`),
  undefined: () => JSON.parse(undefined),
  empty: () => JSON.parse(''),
};

const order = (v) => ({ id: v.digits(5), customer: v.person() });
const CODE = {
  'no-total': (v) => order(v).invoice.total,
  'no-currency': (v) => order(v).invoice.currency,
  'null-items': () => [null][0].items,
  'not-a-function': (v) => order(v).cancel(),
  'not-iterable': (v) => [...order(v).items],
  'too-deep': () => {
    const down = () => down() + 1;
    return down();
  },
  'array-length': (v) => new Array(-v.int(1, 99)),
  'bigint-mix': (v) => BigInt(v.int(1, 9)) + v.int(1, 9),
  'date-invalid': (v) => new Date(v.person()).toISOString(),
  circular: (v) => {
    const loop = order(v);
    loop.self = loop;
    return JSON.stringify(loop);
  },
  'uri-malformed': (v) => decodeURIComponent(`%${v.id(2)}%E0%A4%A`),
};

const under = (prefix, step, cases, kind = 'tool') =>
  Object.entries(cases).map(([name, provoke]) => ({
    name: `${prefix}-${name}`,
    agent: 'back-office',
    kind,
    step,
    provoke: async (v) => provoke(v),
  }));

export default async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = FILES(folder);
  return [
    ...under('fs', 'files.read', files),
    // The same texts from another tool.
    ...under('fs-other-tool', 'letters.read', { missing: files.missing, 'is-folder': files['is-folder'] }),
    ...under('process', 'documents.convert', PROCESSES),
    ...under('json', 'reply.parse', JSON_REPLIES, 'step'),
    ...under('code', 'refund.compute', CODE, 'step'),
  ];
};

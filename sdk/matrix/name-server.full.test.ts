// A machine whose name server is silent: a process that sends to a name ends as it would without the SDK, in the same
// time. The name server is set as a machine sets it, in a file system of the program's own.
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectSame } from './compare.ts';
import { openMatrix } from './full-tier.ts';
import { nodeVersions } from './node-versions.ts';
import { ENDINGS, type Ending, esm } from './programs.ts';

const ADDRESS = '127.0.0.53';
const matrix = await openMatrix();
const cannot = await whyNot();

let questions = 0;
let server: Socket | undefined;
beforeAll(async () => {
  if (cannot === null) server = await silentServer();
});
afterAll(() => void server?.close());

/** resolv.conf knows no ports, so it must be the one of name servers. */
async function silentServer(): Promise<Socket> {
  const socket = createSocket('udp4').on('message', () => {
    questions += 1;
  });
  socket.bind(53, ADDRESS);
  await once(socket, 'listening');
  return socket;
}

async function whyNot(): Promise<string | null> {
  try {
    if (process.platform !== 'linux') throw new Error();
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    (await silentServer()).close();
    return null;
  } catch {
    return 'needs Linux, root, and a free port 53';
  }
}

for (const { name, path, missing } of await nodeVersions()) {
  for (const ending of Object.keys(ENDINGS) as Ending[]) {
    const reason = cannot ?? missing;
    it.skipIf(reason !== null || matrix.isLeftOut)(
      matrix.title(
        `${name}: a program that ${ending} ends as without the SDK while the name server is silent${reason === null ? '' : ` (left out: ${reason})`}`,
      ),
      async () => {
        questions = 0;
        await matrix.pair.write('app.mjs', esm(ending));
        await matrix.pair.write('resolv.conf', `nameserver ${ADDRESS}\n`);
        const script = 'mount --bind resolv.conf /etc/resolv.conf && exec "$@"';
        const command = {
          file: 'unshare',
          args: ['--mount', 'sh', '-c', script, 'sh', path as string, 'app.mjs'],
          env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.telltale.example:4318' },
        };
        await expectSame(matrix.pair, () => command, true);
        // It was asked, so this was no other machine's name server.
        expect(questions).toBeGreaterThan(0);
      },
    );
  }
}

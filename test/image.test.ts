// What deploy/Dockerfile copies is enough to run: the same files in an empty folder, started by its entry point. (That an
// image is built from them needs Docker, which tests do not have.)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test('the files of the image are enough to start, show the UI and play the demo', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-image-'));
  const running: ReturnType<typeof spawn>[] = [];
  try {
    const docker = await readFile(join(ROOT, 'deploy/Dockerfile'), 'utf8');
    const copied = [...docker.matchAll(/^COPY --from=build (\/app\/.+) (\S+)$/gm)].flatMap((match) =>
      (match[1] as string).split(' ').map((path) => path.slice('/app/'.length)),
    );
    for (const path of copied) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      // Packages are many and do not change: a link to the folder, whose own links lead back here.
      if (path === 'node_modules') await symlink(join(ROOT, path), join(folder, path));
      else
        await cp(join(ROOT, path), join(folder, path), {
          recursive: true,
          filter: (from) => !from.includes('node_modules'),
        });
    }
    const entry = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(docker)?.[1] as string) as string[];
    const ports = { TELLTALE_PORT: '0', TELLTALE_OTLP_HTTP_PORT: '0', TELLTALE_OTLP_GRPC_PORT: '0' };
    const start = (args: string[], env: Record<string, string> = {}) => {
      const [, ...rest] = [...entry, ...args];
      const child = spawn(process.execPath, rest, {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          UV_THREADPOOL_SIZE: '16',
          TELLTALE_DATA_DIR: join(folder, 'data'),
          ...ports,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.push(child);
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      return { child, output: () => output };
    };
    const up = start(['up']);
    const ended = once(up.child, 'exit').then(([code, signal]) => {
      throw new Error(`it ended with ${code ?? signal} before it was ready:\n${up.output()}`);
    });
    // Once it is ready, its end is no failure.
    ended.catch(() => undefined);
    while (!up.output().includes('Telltale is ready.')) await Promise.race([once(up.child.stdout, 'data'), ended]);
    const url = /UI: (\S+)/.exec(up.output())?.[1] as string;
    const otlp = /OTLP: (\S+)/.exec(up.output())?.[1] as string;
    expect(await (await fetch(`${url}/`)).text()).toContain('<div id="app">');
    const demo = start(['demo'], { OTEL_EXPORTER_OTLP_ENDPOINT: otlp });
    const [code] = await once(demo.child, 'close');
    expect([code, demo.output()]).toEqual([0, expect.stringContaining('delivered')]);
  } finally {
    for (const child of running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  }
});

// Fresh projects outside the repository, as users have them: one with the packed SDK, and one whose SDK does nothing
// but call the given functions. The difference between the two is the effect of the SDK on a process.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SDK = fileURLToPath(new URL('..', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const STUB = fileURLToPath(new URL('./stub', import.meta.url));

export interface Project {
  readonly folder: string;
  /** Writes a file of the project. @returns its path */
  write(name: string, text: string): Promise<string>;
  /** The path of a file of an installed package. */
  module(path: string): string;
}

export interface ProjectPair {
  readonly withSdk: Project;
  readonly without: Project;
  /** Writes the same file into both. */
  write(name: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/** The SDK as `npm pack` makes it. It was built before the tests began: building now would replace what others load. */
export async function packSdk(into: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const { stdout } = await run('npm', args, { cwd: SDK });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(into, filename.replace('@', '').replace('/', '-'));
}

/**
 * Both projects, without asking a registry: the tarball is unpacked, and its dependencies are those of the repository.
 * @param packages further packages of the repository that the programs use
 */
export async function offlinePair(packages: readonly string[] = []): Promise<ProjectPair> {
  return makePair(async (withSdk, without, tarball) => {
    const target = withSdk.module('@telltale/sdk');
    await mkdir(target, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    const manifest = JSON.parse(await readFile(join(target, 'package.json'), 'utf8'));
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    await Promise.all([
      ...needed.concat(packages).map((name) => link(withSdk, name)),
      ...packages.map((name) => link(without, name)),
    ]);
  });
}

/** Both projects, installed by npm from the registry. @throws when the registry cannot be reached */
export async function installedPair(packages: readonly string[] = []): Promise<ProjectPair> {
  return makePair(async (withSdk, without, tarball) => {
    await npmInstall(withSdk.folder, [tarball, ...packages]);
    if (packages.length > 0) await npmInstall(without.folder, packages);
  });
}

/** Which package it is that could not be installed, and why, in one line; null when all can be. */
export async function whyNotInstallable(packages: readonly string[]): Promise<string | null> {
  try {
    for (const name of packages) await run('npm', ['view', name, 'version'], { timeout: 60_000 });
    return null;
  } catch {
    return 'the npm registry cannot be reached';
  }
}

/** @throws with what npm said */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...options, ...packages], { cwd: folder, maxBuffer: 1 << 26 });
}

async function makePair(
  install: (withSdk: Project, without: Project, tarball: string) => Promise<void>,
): Promise<ProjectPair> {
  const folder = await mkdtemp(join(tmpdir(), 'matrix-'));
  // Names of one length: paths in messages are as long in both.
  const [withSdk, without] = await Promise.all([project(join(folder, 'sdk')), project(join(folder, 'not'))]);
  await install(withSdk, without, await packSdk(folder));
  // After npm, which removes what it does not know.
  await cp(STUB, without.module('@telltale/sdk'), { recursive: true });
  return {
    withSdk,
    without,
    write: async (name, text) => {
      await Promise.all([withSdk.write(name, text), without.write(name, text)]);
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function project(folder: string): Promise<Project> {
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }\n');
  return {
    folder,
    write: async (name, text) => {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
    module: (path) => join(folder, 'node_modules', path),
  };
}

/** Packages of a scope one by one, so that a project has only what it names. */
async function link(project: Project, name: string): Promise<void> {
  const from = existsSync(join(MODULES, name)) ? join(MODULES, name) : join(SDK, 'node_modules', name);
  await readdir(from);
  const to = project.module(name);
  await mkdir(dirname(to), { recursive: true });
  await symlink(from, to, 'dir').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

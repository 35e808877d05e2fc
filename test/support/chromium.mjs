// Finds a Chromium for the browser tests, or installs Debian's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of an executable on the PATH, or of TELLTALE_CHROMIUM when that is set; null when there is none. */
export function findChromium(env = process.env) {
  if (env.TELLTALE_CHROMIUM && existsSync(env.TELLTALE_CHROMIUM)) return env.TELLTALE_CHROMIUM;
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of NAMES) for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

/** As findChromium; when there is none and we may, installs Debian's package. Ends the process with one clear error. */
export function findOrInstallChromium() {
  const found = findChromium();
  if (found !== null) return found;
  const canInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (canInstall) {
    console.log('Installing Chromium for the browser tests (once) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    const installed = findChromium();
    if (installed !== null) return installed;
  }
  console.error(
    'The browser tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium), or set TELLTALE_CHROMIUM to the executable of a Chrome or Chromium.',
  );
  process.exit(1);
}

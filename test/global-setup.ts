// Before any test, also when vitest is started by hand: what the tests run against must be built.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export default function setup(): void {
  if (!existsSync(new URL('../ui/dist/index.html', import.meta.url))) {
    throw new Error(
      'The UI is not built. Run `npm test`, which builds what is missing, or `npx vite build -c ui/vite.config.ts`.',
    );
  }
  // The program that tests start is the one that was just edited.
  execFileSync(process.execPath, [fileURLToPath(new URL('../deploy/bundle.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
}

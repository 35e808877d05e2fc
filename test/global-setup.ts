// Before any test, also when vitest is started by hand: what the tests run against must be built.
import { existsSync } from 'node:fs';

export default function setup(): void {
  if (!existsSync(new URL('../ui/dist/index.html', import.meta.url))) {
    throw new Error(
      'The UI is not built. Run `npm test`, which builds what is missing, or `npx vite build -c ui/vite.config.ts`.',
    );
  }
}

// Run by test/global-setup.ts in a process of its own: builds the store that others are copied from.
import { buildStore } from './store-template.ts';

await buildStore(process.argv[2] as string);

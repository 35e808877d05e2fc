// Run by test/global-setup.ts in a process of its own: builds the data directories that others are copied from.
import { buildTemplates } from './store-template.ts';

await buildTemplates(process.argv[2] as string);

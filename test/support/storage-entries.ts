// What of storage/ other modules may load: its five interfaces, and what stands beside them (decision 0098).
import { importsOf, moduleCode, moduleOf, type Rule, type SourceFile } from './source-rules.ts';

/** Files of storage/ by what they are for, and the modules that may load them; types may come from any file. */
const ENTRIES: readonly { readonly files: readonly string[]; readonly modules: readonly string[] }[] = [
  // The interfaces, what an engine is and how it fails.
  { files: ['stores', 'database', 'damage'], modules: ['query-api', 'alerting', 'collector', 'app', 'cli'] },
  // How names and facts are written, and turns on the event loop: no SQL.
  { files: ['stored-names', 'hash-facts', 'turns'], modules: ['query-api', 'alerting', 'collector'] },
  // What people set.
  {
    files: ['settings', 'read-rules', 'read-channels', 'recipients', 'sealed-settings', 'secret-box'],
    modules: ['query-api', 'alerting', 'app'],
  },
  // What the detector and the sender save together: incidents, deliveries, claims.
  {
    files: [
      'journal',
      'deliveries',
      'read-deliveries',
      'read-incidents',
      'read-claims',
      'read-channel-events',
      'read-failed-rules',
      'read-first-use',
    ],
    modules: ['query-api', 'alerting', 'app'],
  },
  // What jobs keep of themselves: items set aside, money for models, what came in and what was skipped.
  { files: ['set-aside', 'model-calls', 'intake', 'skips'], modules: ['query-api', 'alerting', 'collector'] },
  // Opening, upgrading and checking stored data.
  {
    files: ['open', 'migrate', 'retention', 'parts', 'part-ledger', 'ledger-file', 'private-directory'],
    modules: ['app', 'cli'],
  },
  // Blocks as they are inserted, and the lock of the data directory.
  {
    files: [
      'span-block',
      'log-block',
      'open-step-block',
      'cannot-open',
      'native/byte-sink',
      'native/cut-name',
      'native/dictionary',
      'native/frame',
      'native/frame-layout',
      'native/slice-block',
    ],
    modules: ['collector'],
  },
];
const PREFIX = '#storage/';

const loadedBy = (source: SourceFile): string[] =>
  importsOf(source).flatMap(({ target, typeOnly }) =>
    !typeOnly && target.startsWith(PREFIX) ? [target.slice(PREFIX.length)] : [],
  );
const others = (files: readonly SourceFile[]) => moduleCode(files).filter(({ file }) => moduleOf(file) !== 'storage');

/** Other modules load from storage/ only what is meant for them. */
export const loadsOnlyEntriesOfStorage: Rule = (files) =>
  others(files).flatMap((source) =>
    loadedBy(source)
      .filter((name) => !ENTRIES.some((one) => one.files.includes(name) && one.modules.includes(moduleOf(source.file))))
      .map((name) => `${source.file}: ${PREFIX}${name} is storage's own: ask for a store (storage/stores.ts)`),
  );

/** Entries that nobody loads any more: storage could keep them for itself. */
export function unusedEntries(files: readonly SourceFile[]): string[] {
  const loaded = new Set(others(files).flatMap(loadedBy));
  return ENTRIES.flatMap((one) => one.files).filter((name) => !loaded.has(name));
}

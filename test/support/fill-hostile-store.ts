// Run by fillInOwnProcess (hostile-store.ts): fills the store in a data directory.
import { openDatabase } from '#storage/open';
import { fillHostileStore, type HostileSizes } from './hostile-store.ts';

const [dataDir, sizes, nowMs] = process.argv.slice(2) as [string, string, string];
const db = await openDatabase({ dataDir });
try {
  await fillHostileStore(db, JSON.parse(sizes) as HostileSizes, Number(nowMs));
} finally {
  await db.close();
}

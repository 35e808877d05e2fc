// The rules that hold: the defaults, and what people set over and beside them.
import { RULES, type Rule } from '#contracts/rule';
import { withDefaults } from '#domain/rule/default-rules';
import type { Database } from './database.ts';
import { readSettings } from './settings.ts';

/** Every rule of the project, switched off ones too: the defaults first, without those that cannot be read. @throws StorageError */
export async function readRules(db: Database, projectId: string): Promise<Rule[]> {
  const settings = await readSettings(db, projectId, RULES);
  return withDefaults(settings.map(({ value }) => value));
}

// The text of migrations: one file for one node and for a cluster.
import { expect, it } from 'vitest';
import { readMigrations, splitStatements } from './migrate.ts';
import { forTopology } from './topology.ts';

const statements = (await readMigrations()).flatMap((migration) => migration.statements);

it('on one node names no cluster and replicates nothing', () => {
  for (const statement of statements) {
    const sql = forTopology(statement, undefined);
    expect(sql).not.toMatch(/ON CLUSTER|Replicated|\$\{/);
  }
});

/** Copies rows into a table that keeps one row of each key, or folds by minimum and maximum: a second time changes nothing. */
const COPIES_ONCE = /^INSERT INTO (alert_journal|patterns|pattern_changes)\s/;

it('on a cluster creates every table and view everywhere, every table replicated', () => {
  for (const statement of statements) {
    const sql = forTopology(statement, 'main');
    // Rows travel to the other replicas by themselves.
    if (COPIES_ONCE.test(sql)) continue;
    expect(sql).toMatch(
      /^(CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS \w+|DROP TABLE IF EXISTS \w+|ALTER TABLE \w+) ON CLUSTER 'main'/,
    );
    expect(sql).not.toContain('${');
    if (sql.startsWith('CREATE TABLE')) expect(sql).toMatch(/ENGINE = Replicated\w*MergeTree/);
  }
});

it('every table carries a project id', () => {
  const tables = statements.filter((statement) => statement.startsWith('CREATE TABLE'));
  expect(tables.length).toBeGreaterThan(4);
  for (const table of tables) expect(table).toContain('project_id LowCardinality(String)');
});

it("can be repeated: every statement says IF NOT EXISTS, or sets a setting or a view's query", () => {
  for (const statement of statements) {
    if (COPIES_ONCE.test(statement)) continue;
    expect(statement).toMatch(/IF NOT EXISTS|^DROP TABLE IF EXISTS|^ALTER TABLE .* MODIFY (SETTING|QUERY)/);
  }
});

it('splits at the ends of lines, and drops comments', () => {
  expect(splitStatements("-- a;\nSELECT ';' AS x;\n\n-- b\nSELECT 2;\n")).toEqual(["SELECT ';' AS x", 'SELECT 2']);
});

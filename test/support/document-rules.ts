// The rules for documents that a machine can check. Each takes texts and returns what breaks it, so that a test can try
// it on an offender too.
import { dirname, join } from 'node:path';
import type { SourceFile } from './source-rules.ts';

/** Links to files that are not there, as `document: target`. */
export function brokenLinks(documents: readonly SourceFile[], exists: (file: string) => boolean): string[] {
  return documents.flatMap(({ file, text }) =>
    [...text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^(https?:|mailto:|#)/.test(target))
      .filter((target) => !exists(join(dirname(file), target.split('#', 1)[0] as string)))
      .map((target) => `${file}: ${target}`),
  );
}

const PARTS = 'Context, Decision, Consequences, Rejected';

/** Decisions that have not just these parts, in this order, with the parts they have. */
export function wrongParts(decisions: readonly SourceFile[]): string[] {
  return decisions
    .map(({ file, text }) => ({
      file,
      parts: [...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part).join(', '),
    }))
    .filter(({ parts }) => parts !== PARTS)
    .map(({ file, parts }) => `${file}: ${parts}`);
}

/** A row of docs/otlp-checklist.md: the lines of the checklist it is about, and the test that checks them. */
export interface ChecklistRow {
  readonly lines: string;
  readonly file: string;
  readonly title: string;
}

/** Rows whose file has no test of that title. `read` returns an empty text when there is no such file. */
export function rowsWithoutTest(rows: readonly ChecklistRow[], read: (file: string) => string): string[] {
  return rows
    .filter(({ file, title }) => !read(file).includes(title))
    .map(({ lines, file, title }) => `line ${lines}: ${file} has no "${title}"`);
}

// Attributes of what has no count of its own for those left out: log records, events, links. The count of the process has them.

import type { AttributeList } from './attribute-list.ts';
import type { FieldWire } from './field-wire.ts';
import { MAX_ATTRIBUTES } from './span-fields.ts';

/** Reads one KeyValue message that ends at `stop`; beyond MAX_ATTRIBUTES it is left out and counted. */
export function readBounded(wire: FieldWire, stop: number, list: AttributeList): void {
  if (list.size < MAX_ATTRIBUTES) list.read(wire, stop);
  else if (wire.redactor !== null) wire.redactor.stats.droppedAttributes++;
  wire.at = stop;
}

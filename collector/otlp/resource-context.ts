// What the spans of one resource and scope share: read once, written into each of their rows.
import type { SpanColumns } from '#storage/span-block';
import { SLOT } from '../dialects/dialect.ts';
import { Slots } from '../slots.ts';
import { AttributeList } from './attribute-list.ts';
import { BYTES, VARINT, type Wire } from './wire.ts';

export class ResourceContext {
  projectId = '';
  receivedAtMs = 0;
  service = '';
  serviceVersion = '';
  agent = '';
  sessionId = '';
  userId = '';
  scopeName = '';
  scopeVersion = '';
  scopeAttributes = '';
  readonly #attributes = new AttributeList();
  readonly #scopeList = new AttributeList();
  readonly #slots = new Slots();
  /** The row that holds this resource's attributes already, or −1: the next row copies them from there. */
  #writtenRow = -1;

  begin(projectId: string, receivedAtMs: number): void {
    this.projectId = projectId;
    this.receivedAtMs = receivedAtMs;
    this.clearResource();
  }

  clearResource(): void {
    this.#attributes.clear();
    this.#writtenRow = -1;
    this.service = 'unknown_service';
    this.serviceVersion = this.agent = this.sessionId = this.userId = '';
    this.clearScope();
  }

  clearScope(): void {
    this.scopeName = this.scopeVersion = this.scopeAttributes = '';
  }

  /** Reads a Resource message that ends at `end`. */
  readResource(wire: Wire, end: number): void {
    while (wire.field(end)) {
      if (wire.number === 1 && wire.type === BYTES) this.#attributes.read(wire, wire.block(end));
      else if (wire.number === 2 && wire.type === VARINT) wire.small(end);
      else wire.skip(end);
    }
    this.#attributes.redact(wire);
    this.#slots.fill(wire, this.#attributes);
    this.service = this.#read(wire, SLOT.service) || 'unknown_service';
    this.serviceVersion = this.#read(wire, SLOT.serviceVersion);
    this.agent = this.#read(wire, SLOT.agent);
    this.sessionId = this.#read(wire, SLOT.sessionId);
    this.userId = this.#read(wire, SLOT.userId);
  }

  #read(wire: Wire, slot: number): string {
    const index = this.#slots.at(slot);
    return index < 0 ? '' : this.#attributes.text(wire, index);
  }

  /** Reads an InstrumentationScope message that ends at `end`. */
  readScope(wire: Wire, end: number): void {
    this.#scopeList.clear();
    while (wire.field(end)) {
      if (wire.type !== BYTES || wire.number > 3) {
        wire.skip(end);
        continue;
      }
      const stop = wire.block(end);
      if (wire.number === 3) this.#scopeList.read(wire, stop);
      else {
        const text = wire.bytes.toString('utf8', wire.at, stop);
        if (wire.number === 1) this.scopeName = text;
        else this.scopeVersion = text;
        wire.at = stop;
      }
    }
    this.#scopeList.redact(wire);
    if (this.#scopeList.size > 0) this.scopeAttributes = this.#scopeList.toJson(wire);
  }

  /** Writes the shared columns of row `row`. */
  writeRow(wire: Wire, columns: SpanColumns, row: number): void {
    columns.project_id.text(this.projectId);
    columns.received_at.sink.u64(this.receivedAtMs);
    columns.service.text(this.service);
    columns.service_version.text(this.serviceVersion);
    columns.scope_name.text(this.scopeName);
    columns.scope_version.text(this.scopeVersion);
    columns.scope_attributes.text(this.scopeAttributes);
    if (this.#writtenRow >= 0 && this.#writtenRow === row - 1) {
      columns.resource.repeatLast();
      columns.resource_types.repeatLast();
    } else this.#attributes.writeRow(wire, columns.resource, columns.resource_types);
    this.#writtenRow = row;
  }
}

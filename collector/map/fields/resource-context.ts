// What the spans of one resource and scope share: read once, written into each of their rows.
import type { SpanColumns } from '#storage/span-block';
import { BYTES, VARINT } from '../../wire/wire.ts';
import { SLOT } from '../dialects/dialect.ts';
import { Slots } from '../slots.ts';
import { AttributeList, MAX_ATTRIBUTES } from './attribute-list.ts';
import type { FieldWire } from './field-wire.ts';

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
  /** Attributes of the resource and of the scope beyond MAX_ATTRIBUTES, left out. */
  #leftOfResource = 0;
  #leftOfScope = 0;
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
    this.#leftOfResource = 0;
    this.#writtenRow = -1;
    this.service = 'unknown_service';
    this.serviceVersion = this.agent = this.sessionId = this.userId = '';
    this.clearScope();
  }

  clearScope(): void {
    this.scopeName = this.scopeVersion = this.scopeAttributes = '';
    this.#leftOfScope = 0;
  }

  /** How many attributes of the resource and the scope at hand were left out. */
  get leftAttributes(): number {
    return this.#leftOfResource + this.#leftOfScope;
  }

  /** Reads a Resource message that ends at `end`. Once all were read, `resourceRead` gives them their meaning. */
  readResource(wire: FieldWire, end: number): void {
    while (wire.field(end)) {
      if (wire.number === 1 && wire.type === BYTES) {
        const stop = wire.block(end);
        if (this.#attributes.size < MAX_ATTRIBUTES) this.#attributes.read(wire, stop);
        else this.#leftOfResource++;
        wire.at = stop;
      } else if (wire.number === 2 && wire.type === VARINT) wire.small(end);
      else wire.skip(end);
    }
  }

  /** The resource was read: masks secrets and finds what spans take from it. Once per resource. */
  resourceRead(wire: FieldWire): void {
    const { redactor } = wire;
    // What is cut of a resource before its service is known is nobody's.
    if (redactor !== null) {
      redactor.sender = '';
      redactor.stats.droppedAttributes += this.#leftOfResource;
    }
    this.#attributes.redact(wire);
    this.#slots.fill(wire, this.#attributes);
    this.service = this.#read(wire, SLOT.service) || 'unknown_service';
    this.serviceVersion = this.#read(wire, SLOT.serviceVersion);
    this.agent = this.#read(wire, SLOT.agent);
    this.sessionId = this.#read(wire, SLOT.sessionId);
    this.userId = this.#read(wire, SLOT.userId);
    if (redactor !== null) redactor.sender = this.service;
  }

  #read(wire: FieldWire, slot: number): string {
    const index = this.#slots.at(slot);
    return index < 0 ? '' : this.#attributes.text(wire, index);
  }

  /** Reads an InstrumentationScope message that ends at `end`. */
  readScope(wire: FieldWire, end: number): void {
    this.#scopeList.clear();
    while (wire.field(end)) {
      if (wire.type !== BYTES || wire.number > 3) {
        wire.skip(end);
        continue;
      }
      const stop = wire.block(end);
      if (wire.number === 3) {
        if (this.#scopeList.size < MAX_ATTRIBUTES) this.#scopeList.read(wire, stop);
        else this.#leftOfScope++;
        wire.at = stop;
      } else {
        wire.redactor?.text(wire.bytes, wire.at, stop);
        const text = wire.bytes.toString('utf8', wire.at, stop);
        if (wire.number === 1) this.scopeName = text;
        else this.scopeVersion = text;
        wire.at = stop;
      }
    }
    if (wire.redactor !== null) wire.redactor.stats.droppedAttributes += this.#leftOfScope;
    this.#scopeList.redact(wire);
    if (this.#scopeList.size > 0) this.scopeAttributes = this.#scopeList.toJson(wire);
  }

  /** Writes the shared columns of row `row`. */
  writeRow(wire: FieldWire, columns: SpanColumns, row: number): void {
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

// OTLP/JSON log records become the protobuf form, so equal data gives equal rows.
import { FieldError } from '../wire/protobuf-writer.ts';
import { MalformedError } from '../wire/wire.ts';
import { type ConvertedJson, isObject, type Json, objects, parseJson, RequestWriter } from './json-to-protobuf.ts';

/**
 * The request as protobuf, with the number of records that had to be left out.
 * @throws MalformedError when the body is no JSON object of this shape; RefusedError 413 when it is too much
 */
export function logsJsonToProtobuf(body: Buffer): ConvertedJson {
  const request = parseJson(body);
  const { resourceLogs } = request;
  if (resourceLogs !== undefined && resourceLogs !== null && !Array.isArray(resourceLogs))
    throw new MalformedError('resourceLogs is not a list');
  const writer = new LogsWriter();
  for (const each of objects(resourceLogs)) writer.resourceLogs(each);
  return { bytes: writer.out.written(), rejected: writer.invalid > 0 ? { invalid_field: writer.invalid } : {} };
}

class LogsWriter extends RequestWriter {
  resourceLogs(resourceLogs: Json): void {
    this.message(1, () => {
      const { resource } = resourceLogs;
      if (isObject(resource)) this.message(1, () => this.attributes(1, resource.attributes));
      for (const scopeLogs of objects(resourceLogs.scopeLogs)) this.message(2, () => this.#scopeLogs(scopeLogs));
    });
  }

  #scopeLogs(scopeLogs: Json): void {
    const { scope } = scopeLogs;
    if (isObject(scope)) this.message(1, () => this.string(1, scope.name));
    for (const record of objects(scopeLogs.logRecords)) {
      const before = this.out.length;
      try {
        this.message(2, () => this.#record(record));
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        this.out.length = before;
        this.invalid++;
      }
    }
  }

  #record(record: Json): void {
    this.fixed64(1, record.timeUnixNano);
    this.varint(2, record.severityNumber);
    this.string(3, record.severityText);
    const { body } = record;
    if (isObject(body)) this.message(5, () => this.anyValue(body, 0));
    this.attributes(6, record.attributes);
    this.varint(7, record.droppedAttributesCount);
    this.fixed32(8, record.flags);
    if (typeof record.traceId === 'string' && record.traceId !== '') this.id(9, record.traceId);
    if (typeof record.spanId === 'string' && record.spanId !== '') this.id(10, record.spanId);
    this.fixed64(11, record.observedTimeUnixNano);
    this.string(12, record.eventName);
  }
}

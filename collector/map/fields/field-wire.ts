// The cursor that attributes are read with: it carries what masks them and the keys seen before. Decided in redact/ and
// keys.ts; the wire format knows neither.
import type { Redactor } from '../../redact/redactor.ts';
import type { Wire } from '../../wire/wire.ts';
import type { Keys } from './keys.ts';

export type FieldWire = Wire<Redactor, Keys>;

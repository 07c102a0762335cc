import { celEquals } from './equality.ts';
import { CelOpaque, type CelValue } from './values.ts';

/** A value written as a literal of a type with fields: `JSONPatch{…}`, `Object.spec{…}`. */
export class CelStruct extends CelOpaque {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>) {
    super();
    this.typeName = typeName;
    this.fields = fields;
  }

  equals(other: CelValue): boolean {
    if (!(other instanceof CelStruct) || other.typeName !== this.typeName) return false;
    if (other.fields.size !== this.fields.size) return false;
    for (const [name, value] of this.fields) {
      const theirs = other.fields.get(name);
      if (theirs === undefined || !celEquals(value, theirs)) return false;
    }
    return true;
  }

  display(): string | null {
    return this.typeName === 'google.protobuf.Empty' ? null : this.typeName;
  }
}

import { CelOpaque, type CelValue } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';
import {
  asPrefix,
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
  type NameCheck,
} from '../../../lib/name-formats.ts';
import {
  byteProblems,
  dateProblems,
  datetimeProblems,
  uriProblems,
  uuidProblems,
} from './text-formats.ts';

/** `kubernetes.NamedFormat`: a rule that texts can be checked against. */
export class NamedFormat extends CelOpaque {
  override readonly typeName = 'kubernetes.NamedFormat';
  readonly #name: string;
  /** Size of the regular expression that cost counting assumes. */
  readonly regexSize: number;
  /** Problems of a text; none when it is valid. */
  readonly check: NameCheck;

  constructor(name: string, regexSize: number, check: NameCheck) {
    super();
    this.#name = name;
    this.regexSize = regexSize;
    this.check = check;
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof NamedFormat)) throw noSuchOverload();
    return this.#name === other.#name;
  }

  override display(): null {
    return null;
  }
}

/** The formats of `format.named` and of the functions of the same names. */
export const NAMED_FORMATS: ReadonlyMap<string, NamedFormat> = new Map(
  (
    [
      ['dns1123Label', 30, dnsLabelProblems],
      ['dns1123Subdomain', 60, dnsSubdomainProblems],
      ['dns1035Label', 30, dns1035LabelProblems],
      ['qualifiedName', 60, qualifiedNameProblems],
      ['dns1123LabelPrefix', 30, asPrefix(dnsLabelProblems)],
      ['dns1123SubdomainPrefix', 60, asPrefix(dnsSubdomainProblems)],
      ['dns1035LabelPrefix', 30, asPrefix(dns1035LabelProblems)],
      ['labelValue', 40, labelValueProblems],
      ['uri', 1103, uriProblems],
      ['uuid', 70, uuidProblems],
      ['byte', 84, byteProblems],
      ['date', 71, dateProblems],
      ['datetime', 71, datetimeProblems],
    ] as const
  ).map(([name, size, check]) => [name, new NamedFormat(name, size, check)]),
);

/** Rules for the names of Kubernetes objects and labels, with the texts in which Kubernetes reports a breach. */
const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const DNS_1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const LABEL_KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_KEY})?`;

/** Checks a text; no problems when it is valid. */
export type NameCheck = (name: string) => readonly string[];

export const dnsLabelProblems: NameCheck = (name) => {
  const problems = tooLong(name, 63, 'characters');
  if (isDnsLabel(name)) return problems;
  if (isDnsSubdomain(name)) return [...problems, 'must not contain dots'];
  const text =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...problems, mismatch(text, DNS_LABEL, ['my-name', '123-abc'])];
};

export const dnsSubdomainProblems: NameCheck = (name) => subdomainProblems(name, 'characters');

function subdomainProblems(name: string, unit: Unit): readonly string[] {
  const problems = tooLong(name, 253, unit);
  if (isDnsSubdomain(name)) return problems;
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, mismatch(text, DNS_SUBDOMAIN, ['example.com'])];
}

export const dns1035LabelProblems: NameCheck = (name) => {
  const problems = tooLong(name, 63, 'characters');
  if (/^[a-z]/.test(name) && isDnsLabel(name)) return problems;
  const text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, mismatch(text, DNS_1035_LABEL, ['my-name', 'abc-123'])];
};

const LABEL_KEY_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_KEY_EXAMPLES = ['MyName', 'my.name', '123-abc'];

export const qualifiedNameProblems: NameCheck = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    const text = mismatch(LABEL_KEY_TEXT, LABEL_KEY, LABEL_KEY_EXAMPLES);
    return [
      `a valid label key ${text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? prefixProblems(parts[0] ?? '') : [];
  const length = name === '' ? ['must be non-empty'] : tooLong(name, 63, 'bytes');
  const spelling = isLabelKey(name)
    ? []
    : [mismatch(LABEL_KEY_TEXT, LABEL_KEY, LABEL_KEY_EXAMPLES)];
  return [...prefix, ...[...length, ...spelling].map((problem) => `name part ${problem}`)];
};

function prefixProblems(prefix: string): readonly string[] {
  const problems = prefix === '' ? ['must be non-empty'] : subdomainProblems(prefix, 'bytes');
  return problems.map((problem) => `prefix part ${problem}`);
}

export const labelValueProblems: NameCheck = (value) => {
  const problems = tooLong(value, 63, 'bytes');
  if (value === '' || isLabelKey(value)) return problems;
  const text =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const examples = ['MyValue', 'my_value', '12345'];
  return [...problems, mismatch(text, LABEL_VALUE, examples)];
};

/** The check for a prefix to which something will be appended: one dash at the end is fine. */
export function asPrefix(check: NameCheck): NameCheck {
  return (name) => check(name.length > 1 && name.endsWith('-') ? withoutDash(name) : name);
}

/** Kubernetes replaces the last two bytes by one letter: half of a longer character stays behind, and is no letter. */
function withoutDash(name: string): string {
  const before = name.slice(0, -2);
  return `${before}${name.charAt(name.length - 2) < '\u0080' ? '' : '\ufffd'}a`;
}

// Character by character rather than by the expressions in the messages, so that the time is linear.
function isDnsLabel(name: string): boolean {
  return /^[-a-z0-9]+$/.test(name) && !name.startsWith('-') && !name.endsWith('-');
}

function isDnsSubdomain(name: string): boolean {
  return name.split('.').every(isDnsLabel);
}

function isLabelKey(name: string): boolean {
  return /^[-A-Za-z0-9_.]+$/.test(name) && /^[^-_.]/.test(name) && /[^-_.]$/.test(name);
}

/** Bytes either way; Kubernetes names them differently in different messages. */
type Unit = 'bytes' | 'characters';

function tooLong(name: string, limit: number, unit: Unit): readonly string[] {
  return Buffer.byteLength(name) > limit ? [`must be no more than ${limit} ${unit}`] : [];
}

function mismatch(text: string, expression: string, examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${text} (e.g. ${quoted}regex used for validation is '${expression}')`;
}

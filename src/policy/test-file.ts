import { SluiceError } from '../domain/errors.ts';
import { CALL_SITES, type CallSite } from '../domain/policy.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { Verdict } from '../domain/decision.ts';

type Members = Readonly<Record<string, Json>>;

/** A violation that a case expects: its validation by name or index; what is absent is not compared. */
export interface ExpectedViolation {
  readonly validation: string;
  readonly message?: string;
  readonly policy?: string;
}

interface Expectation {
  readonly verdict: Verdict;
  readonly violations?: readonly ExpectedViolation[];
  readonly warnings?: Json;
  readonly patch?: Json;
  readonly nextOpen?: string;
  readonly auditAnnotations?: Json;
}

/** One case of a tests.yaml. `members` are the fields beside name and expect. */
export interface PolicyTest {
  readonly name: string;
  readonly callSite: CallSite;
  readonly members: Members;
  readonly expect: Expectation;
}

export interface PolicyTestFile {
  /** Paths relative to the file. */
  readonly policies: readonly string[];
  readonly tests: readonly PolicyTest[];
}

const FILE_KEYS = ['policies', 'tests'];
const CASE_KEYS = [
  'name',
  'object',
  'objectFile',
  'oldObject',
  'request',
  'params',
  'namespaceObject',
  'authorizer',
  'rollout',
  'now',
  'exceptions',
  'approvals',
  'windows',
  'budgets',
  'succeededTemplates',
  'callSite',
  'expect',
];
const EXPECT_KEYS = ['verdict', 'violations', 'warnings', 'patch', 'nextOpen', 'auditAnnotations'];
const VIOLATION_KEYS = ['validation', 'message', 'policy'];
const VERDICTS = ['allow', 'warn', 'hold', 'deny', 'error'];

interface Requirement {
  readonly what: string;
  holds(value: Json): boolean;
}

const MAPPING: Requirement = { what: 'a mapping', holds: isJsonObject };
const MAPPINGS: Requirement = {
  what: 'a list of mappings',
  holds: (value) => isJsonArray(value) && value.every((item) => isJsonObject(item)),
};

/** What the members of a case must be, where a wrong one would be misread. */
const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  objectFile: { what: 'a string', holds: (value) => typeof value === 'string' },
  now: { what: 'an RFC 3339 time', holds: isTime },
  request: MAPPING,
  rollout: MAPPING,
  exceptions: MAPPINGS,
  approvals: MAPPINGS,
  succeededTemplates: MAPPINGS,
  budgets: MAPPINGS,
  windows: {
    what: 'a list of ChangeWindows, or of mappings with open: true or false',
    holds: (value) => MAPPINGS.holds(value) && (value as readonly Members[]).every(hasOpen),
  },
};

function hasOpen({ open, spec }: Members): boolean {
  return typeof open === 'boolean' || isJsonObject(spec);
}

function isTime(value: Json): boolean {
  try {
    return typeof value === 'string' && Temporal.Instant.from(value).epochNanoseconds >= 0n;
  } catch {
    return false;
  }
}

/**
 * Reads a tests.yaml (design §13). Unknown keys are errors: a typo must not make a case pass.
 * @throws SluiceError SLUICE_INPUT that names the place
 */
export function readTestFile(document: Json): PolicyTestFile {
  const file = membersOf(document, 'the file', FILE_KEYS);
  const policies = listOf(file['policies'] ?? ['policy.yaml'], 'policies');
  return {
    policies: policies.map((each, index) => textOf(each, `policies[${index}]`)),
    tests: listOf(file['tests'] ?? null, 'tests').map(readTest),
  };
}

function readTest(value: Json, index: number): PolicyTest {
  const where = `tests[${index}]`;
  const members = membersOf(value, where, CASE_KEYS);
  const callSite = textOf(members['callSite'] ?? 'Admission', `${where}.callSite`);
  if ((members['object'] === undefined) === (members['objectFile'] === undefined)) {
    const hasOld = members['oldObject'] !== undefined && members['objectFile'] === undefined;
    // A deletion has an old object only.
    if (!hasOld) throw invalid(where, 'needs either object or objectFile');
  }
  for (const [key, requirement] of Object.entries(REQUIREMENTS)) {
    const member = members[key];
    if (member === undefined || member === null || requirement.holds(member)) continue;
    throw invalid(`${where}.${key}`, `must be ${requirement.what}`);
  }
  return {
    name: textOf(members['name'] ?? null, `${where}.name`),
    callSite: oneOf(callSite, CALL_SITES, `${where}.callSite`) as CallSite,
    members,
    expect: readExpectation(members['expect'] ?? null, `${where}.expect`),
  };
}

function readExpectation(value: Json, where: string): Expectation {
  const members = membersOf(value, where, EXPECT_KEYS);
  const verdict = textOf(members['verdict'] ?? null, `${where}.verdict`);
  const { violations, warnings, patch, nextOpen, auditAnnotations } = members;
  return {
    verdict: oneOf(verdict, VERDICTS, `${where}.verdict`) as Verdict,
    ...(violations === undefined
      ? {}
      : {
          violations: listOf(violations, `${where}.violations`).map((each, index) =>
            readViolation(each, `${where}.violations[${index}]`),
          ),
        }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(patch === undefined ? {} : { patch }),
    ...(auditAnnotations === undefined ? {} : { auditAnnotations }),
    ...(nextOpen === undefined ? {} : { nextOpen: textOf(nextOpen, `${where}.nextOpen`) }),
  };
}

function readViolation(value: Json, where: string): ExpectedViolation {
  const { validation, message, policy } = membersOf(value, where, VIOLATION_KEYS);
  if (typeof validation !== 'string' && typeof validation !== 'number') {
    throw invalid(`${where}.validation`, 'must be a name or an index');
  }
  return {
    validation: String(validation),
    ...(message === undefined ? {} : { message: textOf(message, `${where}.message`) }),
    ...(policy === undefined ? {} : { policy: textOf(policy, `${where}.policy`) }),
  };
}

function membersOf(value: Json, where: string, known: readonly string[]): Members {
  if (!isJsonObject(value)) throw invalid(where, 'must be a mapping');
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalid(where, `has an unknown key ${key}; known: ${known.join(', ')}`);
    }
  }
  return value;
}

function listOf(value: Json, where: string): readonly Json[] {
  if (!isJsonArray(value)) throw invalid(where, 'must be a list');
  return value;
}

function textOf(value: Json, where: string): string {
  if (typeof value !== 'string') throw invalid(where, 'must be a string');
  return value;
}

function oneOf(value: string, known: readonly string[], where: string): string {
  if (!known.includes(value)) throw invalid(where, `is unknown; known: ${known.join(', ')}`);
  return value;
}

function invalid(where: string, reason: string): SluiceError {
  return new SluiceError('SLUICE_INPUT', `${where} ${reason}`);
}

import { dirname, resolve } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import { BUNDLED_SCHEMAS } from '../../domain/kind-schemas/bundled-schemas.ts';
import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import { isJsonObject } from '../../lib/lossless-json.ts';
import { YamlError, parseYamlDocuments, type YamlDocument } from '../../lib/yaml-documents.ts';
import { isPolicy } from '../../policy/policy-set.ts';
import { readTestFile } from '../../policy/test-file.ts';
import { objectsOfDocument, type InputText } from '../manifests.ts';
import type { FileFinding, LintObject, LintReport, ObjectFinding } from './finding.ts';
import { governanceRulesOf, type GovernanceRules } from './governance-rules.ts';
import { lintExceptionUse } from './lint-exception-use.ts';
import { lintPolicy } from './lint-policy.ts';
import { lintSet } from './lint-set.ts';
import { isLinted, lintShape } from './lint-shape.ts';
import { placeFindings } from './place-findings.ts';
import { isLintCode, type LintCode } from './rules.ts';

export interface LintOptions {
  /** RFC 3339: what windows and ends are compared with. */
  readonly now: string;
  /** Codes that are not reported. */
  readonly ignored: ReadonlySet<LintCode>;
  /** Of the kinds that policies match. Default: those that are bundled. */
  readonly schemas?: KindSchemas;
  /** What the cluster allows of exceptions. Default: what it does by default. */
  readonly governance?: GovernanceRules;
}

/** What was read of the files. */
interface Sources {
  readonly objects: LintObject[];
  readonly tests: LintObject[];
  readonly tested: Set<string>;
  readonly findings: FileFinding[];
}

/** Lints texts together: what is wrong with each object, and between them. */
export async function lintFiles(
  texts: readonly InputText[],
  options: LintOptions,
): Promise<LintReport> {
  const sources: Sources = { objects: [], tests: [], tested: new Set(), findings: [] };
  for (const input of texts) readInput(input, sources);
  const found: ObjectFinding[] = sources.tests.flatMap((tests) => lintTests(tests, sources.tested));
  for (const object of sources.objects) found.push(...(await lintObject(object, options)));
  found.push(...lintSet(sources.objects, sources.tested), ...lintExceptionUse(sources.objects));
  const kept = found.filter(
    ({ code, object }) => !options.ignored.has(code) && !ignoredBy(object.value).has(code),
  );
  return {
    findings: await placeFindings(texts, kept, sources.findings),
    files: texts.map(({ file }) => file),
    objects: sources.objects.length + sources.tests.length,
  };
}

function readInput(input: InputText, sources: Sources): void {
  const { file, path, text, isNamed } = input;
  try {
    for (const document of parseYamlDocuments(text)) {
      if (isTests(document)) {
        const value = document.value as LintObject['value'];
        sources.tests.push({ file, path, line: document.line, within: '', value });
        continue;
      }
      const { objects, problems } = objectsOfDocument(file, document, isNamed);
      sources.findings.push(
        ...problems.map((problem) => ({ code: 'SL1002', ...problem }) as const),
      );
      sources.objects.push(
        ...objects.map((object) => ({ ...object, path })).filter((object) => isLinted(object)),
      );
    }
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column, message } = error;
    sources.findings.push({ code: 'SL1001', file, line, column, message });
  }
}

function isTests({ value }: YamlDocument): boolean {
  return isJsonObject(value) && Object.hasOwn(value, 'tests') && !Object.hasOwn(value, 'kind');
}

function lintTests(object: LintObject, tested: Set<string>): readonly ObjectFinding[] {
  try {
    const { policies } = readTestFile(object.value);
    for (const policy of policies) tested.add(resolve(dirname(object.path), policy));
    return [];
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { message } = error;
    const field = /^(?:tests|policies)[\w.[\]]*/.exec(message)?.[0] ?? '';
    return [{ code: 'SL1009', message, object, field }];
  }
}

async function lintObject(
  object: LintObject,
  options: LintOptions,
): Promise<readonly ObjectFinding[]> {
  const shape = lintShape(object);
  const isWhole = shape.every(
    ({ code, field }) => code === 'SL1003' || (code === 'SL1006' && field === 'metadata.name'),
  );
  if (!isWhole) return shape;
  return [...shape, ...(await lintMeaning(object, options))];
}

/** What is wrong with an object whose fields are sound. What only some kinds need is loaded for them. */
async function lintMeaning(
  object: LintObject,
  { now, schemas = BUNDLED_SCHEMAS, governance = governanceRulesOf({}) }: LintOptions,
): Promise<readonly ObjectFinding[]> {
  if (isPolicy(object.value)) return lintPolicy(object, schemas);
  switch (object.value['kind']) {
    case 'ChangeWindow':
      return (await import('./lint-window.ts')).lintWindow(object, now);
    case 'PolicyException':
      return (await import('./lint-exception.ts')).lintException(object, governance, now);
    case 'Approval':
      return (await import('./lint-approval.ts')).lintApproval(object, now);
    case 'RolloutBudget':
      return (await import('./lint-budget.ts')).lintBudget(object);
    default:
      return [];
  }
}

const IGNORE = 'sluice.dev/lint-ignore';

/** Codes that an object's own annotation switches off. */
function ignoredBy({ metadata }: LintObject['value']): ReadonlySet<LintCode> {
  const annotations = isJsonObject(metadata ?? null)
    ? (metadata as LintObject['value'])['annotations']
    : undefined;
  const text = isJsonObject(annotations ?? null)
    ? (annotations as LintObject['value'])[IGNORE]
    : undefined;
  const codes = typeof text === 'string' ? text.split(/[\s,]+/) : [];
  return new Set(codes.filter(isLintCode));
}

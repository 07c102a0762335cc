import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { YamlError, parseYamlDocuments, type YamlDocument } from '../../lib/yaml-documents.ts';
import { createCoverage, type CoverageCounter } from '../../policy/coverage.ts';
import { isPolicy } from '../../policy/policy-set.ts';
import { runPolicyTests, type PolicyTestResult } from '../../policy/run-tests.ts';
import { governanceOfFiles } from '../governance-objects.ts';
import { problemLine, shownName, type InputProblem, type InputText } from '../manifests.ts';
import { createSourceMap } from '../source/source-map.ts';
import type { CoveredPolicy, TestedCase, TestedFile, TestReport } from './report.ts';

/** A case is about policies: exceptions that it gives are approved. */
const GOVERNANCE = governanceOfFiles({
  systemNamespace: 'sluice-system',
  exceptionNamespaces: ['*'],
  assumeApproved: true,
});

/** A policy that some cases are about, and where it is. */
interface FoundPolicy {
  readonly key: string;
  readonly name: string;
  readonly path: string;
  /** Line on which its document starts. */
  readonly line: number;
}

/** What was read so far, each file once. */
class Library {
  readonly policies = new Map<string, FoundPolicy>();
  readonly #documents = new Map<string, readonly YamlDocument[]>();
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** @throws SluiceError SLUICE_INPUT */
  read(path: string): readonly Json[] {
    return this.documents(path).map(({ value }) => value);
  }

  /** @throws SluiceError SLUICE_INPUT */
  documents(path: string): readonly YamlDocument[] {
    const known = this.#documents.get(path);
    if (known !== undefined) return known;
    const found = parse(shownName(path, this.#cwd), textOf(path, this.#cwd));
    this.#documents.set(path, found);
    return found;
  }

  /** Remembers where the policies of a file are. */
  register(path: string): void {
    for (const { value, line } of this.documents(path)) {
      if (!isPolicy(value)) continue;
      const { metadata } = value as { metadata?: { name?: string } };
      const name = metadata?.name ?? '';
      const key = `${path} ${name}`;
      this.policies.set(key, { key, name, path, line });
    }
  }
}

function textOf(path: string, cwd: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new SluiceError('SLUICE_INPUT', `${shownName(path, cwd)} cannot be read (${code})`);
  }
}

function parse(file: string, text: string): readonly YamlDocument[] {
  try {
    return parseYamlDocuments(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column, message } = error;
    throw new SluiceError('SLUICE_INPUT', problemLine({ file, line, column, message }));
  }
}

/**
 * Runs the cases of several files. One that cannot be used is a problem of the report and stops no other.
 * @param schemas of the kinds that policies mutate; by default those that are bundled
 */
export async function runFiles(
  texts: readonly InputText[],
  cwd: string,
  wantsCoverage: boolean,
  schemas?: KindSchemas,
): Promise<TestReport> {
  const library = new Library(cwd);
  const counter = createCoverage();
  const files: TestedFile[] = [];
  const problems: InputProblem[] = [];
  for (const input of texts) {
    try {
      const observer = wantsCoverage ? counter : undefined;
      const results = runFile(input, { library, counter: observer, cwd, schemas });
      files.push({ file: input.file, cases: await placed(input, results) });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      problems.push({ file: input.file, line: 0, column: 0, message: error.message });
    }
  }
  const coverage = wantsCoverage ? await coveredPolicies(library, counter, cwd) : undefined;
  return { files, problems, coverage };
}

interface Running {
  readonly library: Library;
  readonly counter: CoverageCounter | undefined;
  readonly cwd: string;
  readonly schemas: KindSchemas | undefined;
}

function runFile(
  { file, path, text }: InputText,
  { library, counter, cwd, schemas }: Running,
): readonly PolicyTestResult[] {
  const [document, ...others] = parse(file, text);
  if (document === undefined || others.length > 0) {
    throw new SluiceError('SLUICE_INPUT', 'must hold one document, a mapping with tests');
  }
  const folder = path === '' ? cwd : dirname(path);
  const paths = new Map<string, string>();
  const read = (name: string): readonly Json[] => {
    const full = resolve(folder, name);
    const documents = library.read(full);
    for (const value of documents) {
      if (!isPolicy(value)) continue;
      const { metadata } = value as { metadata?: { name?: string } };
      paths.set(metadata?.name ?? '', full);
    }
    return documents;
  };
  const world = { governance: GOVERNANCE, schemas };
  if (counter === undefined) {
    return runPolicyTests(document.value, read, undefined, world).results;
  }
  const optionsOf = (policy: string) => {
    const full = paths.get(policy) ?? '';
    library.register(full);
    return { observe: counter.observe(`${full} ${policy}`) };
  };
  return runPolicyTests(document.value, read, optionsOf, world).results;
}

async function placed(
  { text }: InputText,
  results: readonly PolicyTestResult[],
): Promise<readonly TestedCase[]> {
  const lines = results.some(({ ok }) => !ok) ? await createSourceMap(text) : undefined;
  return results.map(({ name, ok, differences, decision }, index) => ({
    name,
    ok,
    verdict: decision.verdict,
    differences,
    line: lines?.place({ document: 1, path: `tests[${index}].name`, part: 'key' }).line ?? 0,
  }));
}

async function coveredPolicies(
  library: Library,
  counter: CoverageCounter,
  cwd: string,
): Promise<readonly CoveredPolicy[]> {
  const covered: CoveredPolicy[] = [];
  for (const { key, name, path, line } of library.policies.values()) {
    const text = textOf(path, cwd);
    const places = await createSourceMap(text);
    const branches = counter.branches(key).map((branch) => {
      const target = {
        document: line,
        path: branch.field,
        part: 'value',
        offset: branch.start,
      } as const;
      const place = places.place(target);
      return { ...branch, line: place.line, column: place.column };
    });
    covered.push({ name, file: shownName(path, cwd), lines: text.split(/\r?\n/), branches });
  }
  return covered.sort((a, b) => (a.file < b.file ? -1 : 1));
}

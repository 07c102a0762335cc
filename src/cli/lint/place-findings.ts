import type { InputText } from '../manifests.ts';
import { createSourceMap, type SourceMap } from '../source/source-map.ts';
import { subjectOf, type FileFinding, type Finding, type ObjectFinding } from './finding.ts';
import { ruleOf } from './rules.ts';

/** Looks up where findings are, and puts them in order of files and places. Only files with findings are read again. */
export async function placeFindings(
  texts: readonly InputText[],
  objects: readonly ObjectFinding[],
  files: readonly FileFinding[],
): Promise<readonly Finding[]> {
  const order = new Map(texts.map(({ file }, index) => [file, index]));
  const maps = new Map<string, SourceMap>();
  for (const { file, text } of texts) {
    const isNeeded = objects.some(({ object }) => object.file === file);
    if (isNeeded) maps.set(file, await createSourceMap(text));
  }
  const findings = [
    ...files.map(placedFile),
    ...objects.map((finding) => placedObject(finding, maps)),
  ];
  return findings.sort(
    (a, b) =>
      (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : 1),
  );
}

function placedFile({ code, message, file, line, column }: FileFinding): Finding {
  const { severity } = ruleOf(code);
  const place = { line, column, endLine: line, endColumn: column };
  return { code, severity, message, file, subject: '', field: '', ...place };
}

function placedObject(finding: ObjectFinding, maps: ReadonlyMap<string, SourceMap>): Finding {
  const { code, message, object, field, part = 'value', offset } = finding;
  const { file, line, within } = object;
  // An object as a whole is shown at its kind.
  const path = `${within}${field === '' ? 'kind' : field}`;
  const place = maps
    .get(file)
    ?.place({ document: line, path, part: field === '' ? 'key' : part, offset });
  return {
    code,
    severity: ruleOf(code).severity,
    message,
    file,
    subject: object.value['kind'] === undefined ? '' : subjectOf(object),
    field,
    ...(place ?? { line, column: 1, endLine: line, endColumn: 1 }),
  };
}

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { controlsInput } from '../../../src/cli/report/controls-input.ts';
import { worldOfFiles } from '../../../src/cli/report/from-files.ts';
import type { ReportWorld } from '../../../src/cli/report/world.ts';
import { SOC2 } from '../../../src/evidence/report/catalogue/soc2.ts';
import {
  controlsReport,
  type ControlsReport,
} from '../../../src/evidence/report/controls-report.ts';
import { renderHtml } from '../../../src/evidence/report/render-html.ts';
import { renderMarkdown } from '../../../src/evidence/report/render-markdown.ts';
import { renderText } from '../../../src/evidence/report/render-text.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';
import { configOf } from '../../support/app-cluster.ts';

const NOW = '2026-11-25T12:00:00Z';
const CASES = new URL('./cases/', import.meta.url);
const GOLDEN = new URL('./golden/', import.meta.url);
/** Set to have the golden files written anew. */
const UPDATES = process.env['UPDATE_GOLDEN'] === '1';
const CONTROLS = new Set(['CC8.1', 'CC7.1']);
const framework = { ...SOC2, controls: SOC2.controls.filter(({ id }) => CONTROLS.has(id)) };

function worldOf(name: string): ReportWorld {
  const text = readFileSync(new URL(`${name}.yaml`, CASES), 'utf8');
  const documents = parseYamlDocuments(text).map(({ value }) => value);
  return worldOfFiles(documents, `file ${name}.yaml`);
}

function reportOf(world: ReportWorld, namespaces: readonly string[] = []): ControlsReport {
  const config = configOf();
  return controlsReport(controlsInput(world, { framework, now: NOW, namespaces, config }));
}

function expectGolden(file: string, text: string): void {
  const url = new URL(file, GOLDEN);
  if (UPDATES) writeFileSync(url, text);
  expect(existsSync(url), `${file} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
  expect(text, `${file} differs: look, then run with UPDATE_GOLDEN=1`).toBe(
    readFileSync(url, 'utf8'),
  );
}

const cases = readdirSync(CASES).map((file) => file.replace(/\.yaml$/, ''));
const stateOf = (report: ControlsReport, id = 'CC8.1'): string | undefined =>
  report.controls.find((control) => control.id === id)?.enforcement;
const codesOf = (report: ControlsReport): readonly string[] =>
  report.controls[0]?.policies.flatMap(({ gaps }) => gaps.map(({ code }) => code)) ?? [];

describe('a report about controls', () => {
  it.each(cases)('of %s is as it was', (name) => {
    expectGolden(`${name}.txt`, renderText(reportOf(worldOf(name))));
  });

  it('is JSON, Markdown and a page, too', () => {
    const report = reportOf(worldOf('excepted'));
    expectGolden('excepted.json', `${JSON.stringify(report, undefined, 2)}\n`);
    expectGolden('excepted.md', renderMarkdown(report));
    expectGolden('excepted.html', renderHtml(report));
  });

  it.each([
    ['enforced', 'enforced', []],
    ['violations-found', 'enforced', []],
    ['two-bindings-together', 'enforced', []],
    ['gate-only', 'enforced', []],
    ['no-binding', 'not-enforced', ['no-binding']],
    ['audit-only', 'not-enforced', ['audit-only']],
    ['warn-only', 'not-enforced', ['warn-only']],
    ['scan-only', 'not-enforced', ['scan-only']],
    ['not-compiling', 'not-enforced', ['not-compiling']],
    ['failure-policy-ignore', 'partly', ['failure-policy-ignore']],
    ['namespace-left-out-by-binding', 'partly', ['namespace-left-out']],
    ['namespace-left-out-by-policy', 'partly', ['namespace-left-out']],
    ['namespace-not-governed', 'partly', ['namespace-left-out']],
    ['no-namespace', 'not-enforced', ['no-namespace']],
    ['kind-not-reviewed', 'not-enforced', ['no-namespace']],
    ['gate-for-another-kind', 'not-enforced', ['no-namespace']],
    ['namespaces-unknown', 'not-enforced', ['namespaces-unknown']],
    ['objects-left-out', 'partly', ['objects-left-out', 'objects-left-out']],
    ['excepted', 'partly', ['excepted']],
    ['exception-not-in-force', 'enforced', []],
    ['one-of-two-policies', 'partly', ['audit-only']],
  ])('shows %s as %s', (name, state, codes) => {
    const report = reportOf(worldOf(name));
    expect([stateOf(report), codesOf(report)]).toEqual([state, codes]);
  });

  it('has a case for each of these', () => {
    expect(cases).toHaveLength(22);
  });

  it('shows a control that no policy names as not enforced', () => {
    expect(stateOf(reportOf(worldOf('enforced')), 'CC7.1')).toBe('not-enforced');
  });

  it('shows nothing as enforced at admission while the webhook is not registered', () => {
    const report = reportOf({ ...worldOf('enforced'), isAdmissionRegistered: false });
    expect([stateOf(report), codesOf(report)]).toEqual(['not-enforced', ['webhook-missing']]);
    const gates = reportOf({ ...worldOf('gate-only'), isAdmissionRegistered: false });
    expect(stateOf(gates)).toBe('enforced');
  });

  it('is about the chosen namespaces, and says which are not known', () => {
    const report = reportOf(worldOf('namespace-left-out-by-binding'), ['shop', 'nowhere']);
    expect(report.scope).toEqual({ namespaces: ['shop'], isChosen: true });
    expect(stateOf(report)).toBe('enforced');
    expect(report.unseen).toContain('namespace nowhere is not known');
  });

  it('tells controls that exist from identifiers that do not', () => {
    const { others, unknown } = reportOf(worldOf('unknown-controls'));
    expect([others, unknown]).toEqual([
      [{ id: 'CC1.1', policies: ['few'] }],
      [{ id: 'CC81', policies: ['few'] }],
    ]);
  });

  it('says no share and claims nothing', () => {
    for (const name of cases) {
      const text = renderText(reportOf(worldOf(name)));
      expect(text).not.toMatch(/%|\bcompliant\b|\bcertified\b/i);
      expect(text).toContain('no statement of compliance');
    }
  });
});

describe('the page', () => {
  const hostile = `<script>alert('x')</script>" onload="y`;
  const report = (): ControlsReport => {
    const world = worldOf('excepted');
    const [policy] = world.policies;
    if (policy === undefined) throw new Error('no policy');
    const spec = { ...policy.spec, title: hostile, remediation: hostile };
    return reportOf({ ...world, source: hostile, policies: [{ ...policy, spec }] });
  };

  it('escapes what it is told', () => {
    const html = renderHtml(report());
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/" onload=/);
    expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;y');
  });

  it('needs nothing from elsewhere', () => {
    const html = renderHtml(report());
    expect(html).not.toMatch(/\s(?:src|srcset)=|@import|url\(/);
    expect([...html.matchAll(/href="([^"]*)"/g)].every(([, to = '']) => to.startsWith('#'))).toBe(
      true,
    );
    expect(html).toContain(`default-src 'none'`);
  });

  it('has a language, a title, one main part, headings in order and labelled sections', () => {
    const html = renderHtml(report());
    expect(html).toMatch(/<html lang="en">/);
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    expect([...html.matchAll(/<main/g)]).toHaveLength(1);
    const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    const steps = levels.map((level, index) => level - (levels[index - 1] ?? 1));
    // Headings of lists stand one below those of policies, or directly in a control.
    expect(Math.max(...steps)).toBeLessThanOrEqual(2);
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const labels = [...html.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, id]) => id);
    expect(labels.every((id) => ids.has(id))).toBe(true);
  });
});

describe('the Markdown', () => {
  it('keeps what it is told from meaning anything', () => {
    const world = worldOf('enforced');
    const markdown = renderMarkdown(reportOf({ ...world, source: '[a](b) `c` <d>\n# e' }));
    expect(markdown).toContain(String.raw`\[a\](b) \`c\` &lt;d> \# e`);
  });
});

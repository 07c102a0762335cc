import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RolloutPolicy } from '../../../src/domain/policy.ts';
import { EVIDENCE_TITLES } from '../../../src/evidence/report/catalogue.ts';
import {
  findFramework,
  FRAMEWORKS,
  unknownControls,
} from '../../../src/evidence/report/frameworks.ts';
import { parseYamlDocuments } from '../../../src/lib/yaml-documents.ts';

describe.each(FRAMEWORKS.map((framework) => [framework.id, framework] as const))(
  '%s',
  (id, { shortName, controls, otherControls, source }) => {
    it('is found by both of its names', () => {
      expect(findFramework(id)?.id).toBe(id);
      expect(findFramework(shortName)?.id).toBe(id);
    });

    it('has each control once, of the form that the framework has', () => {
      const ids = controls.map((control) => control.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((each) => !otherControls.test(each))).toEqual([]);
    });

    it('says of each control what it is, what may come of it, and what is still to be shown', () => {
      for (const { title, evidence, organisation } of controls) {
        expect(title.length).toBeGreaterThan(10);
        expect(evidence.every((code) => code in EVIDENCE_TITLES)).toBe(true);
        expect(evidence.length).toBeGreaterThan(0);
        expect(organisation.length).toBeGreaterThan(0);
        expect(organisation.every((text) => /^[a-z]/.test(text) && !text.endsWith('.'))).toBe(true);
      }
    });

    it('says that its titles are ours', () => {
      expect(source).toMatch(/titles are ours\.$/);
    });
  },
);

describe('controls that a policy names', () => {
  it.each([
    [[{ id: 'soc2-2017', controls: ['CC8.1', 'CC1.4', 'P6.7'] }], []],
    [[{ id: 'soc2-2017', controls: ['CC81'] }], [['soc2-2017', 'CC81', 'CC8.1']]],
    [
      [{ id: 'pci-dss-4.0.1', controls: ['6.5.1', '12.10.7', '13.1'] }],
      [['pci-dss-4.0.1', '13.1']],
    ],
    [[{ id: 'hipaa-164', controls: ['164.312(b)', '164.310(d)(2)(iii)'] }], []],
    [[{ id: 'hipaa-164', controls: ['164.312b'] }], [['hipaa-164', '164.312b', '164.312(b)']]],
    [[{ id: 'gdpr-2016-679', controls: ['32(1)(d)', '99'] }], []],
    [[{ id: 'gdpr-2016-679', controls: ['Art. 32'] }], [['gdpr-2016-679', 'Art. 32']]],
    [
      [{ id: 'nist-800-53-r5', controls: ['cm-3', 'cm-3.2_obj-1', 'CM-3'] }],
      [['nist-800-53-r5', 'CM-3']],
    ],
    [[{ id: 'iso-27001-2022', controls: ['8.34', '8.35'] }], [['iso-27001-2022', '8.35']]],
    [[{ id: 'soc2', controls: ['CC8.1'] }], [['soc2', '', 'soc2-2017']]],
    [[{ id: 'soc2-2018', controls: ['CC8.1'] }], [['soc2-2018', '', 'soc2-2017']]],
    [[{ id: 'our-own-rules', controls: ['anything'] }], []],
    [undefined, []],
  ])('of %j do not exist: %j', (standards, wanted) => {
    const found = unknownControls(standards).map(({ framework, control, suggestion }) =>
      suggestion === undefined || !/^(CC|164|soc2)/.test(suggestion)
        ? [framework, control]
        : [framework, control, suggestion],
    );
    expect(found).toEqual(wanted);
  });

  it('exist in the shipped policies', () => {
    const wrong = readdirSync('policies', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'packs')
      .flatMap(({ name }) => {
        const text = readFileSync(`policies/${name}/policy.yaml`, 'utf8');
        const [document] = parseYamlDocuments(text);
        const { spec } = document?.value as unknown as RolloutPolicy;
        return unknownControls(spec.standards);
      });
    expect(wrong).toEqual([]);
  });
});

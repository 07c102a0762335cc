import type { ControlReference } from '../../domain/policy.ts';
import { closest } from '../../lib/closest.ts';
import type { Catalogue } from './catalogue.ts';
import { GDPR } from './catalogue/gdpr.ts';
import { HIPAA } from './catalogue/hipaa.ts';
import { ISO_27001 } from './catalogue/iso-27001.ts';
import { NIST_800_53 } from './catalogue/nist-800-53.ts';
import { PCI_DSS } from './catalogue/pci-dss.ts';
import { SOC2 } from './catalogue/soc2.ts';

/**
 * The frameworks whose controls policies may name in `spec.standards[].id`, by that id. Others are allowed and are
 * carried along as they are; nothing can be said about their controls.
 */
export const FRAMEWORKS: readonly Catalogue[] = [
  SOC2,
  HIPAA,
  GDPR,
  PCI_DSS,
  ISO_27001,
  NIST_800_53,
];

/** The framework of an id as policies write it (`soc2-2017`) or of a short name as the command line has it (`soc2`). */
export function findFramework(name: string): Catalogue | undefined {
  return FRAMEWORKS.find(({ id, shortName }) => id === name || shortName === name);
}

/** A control that a policy names and that its framework does not have. */
export interface UnknownControl {
  /** Id of the framework as the policy writes it. */
  readonly framework: string;
  /** '' when the framework itself is written wrongly. */
  readonly control: string;
  /** The nearest known id, when one is near. */
  readonly suggestion?: string;
}

/**
 * The controls that do not exist under frameworks that are known, and frameworks that are misspelt (another framework
 * altogether is no fault).
 */
export function unknownControls(
  standards: readonly ControlReference[] | undefined,
): readonly UnknownControl[] {
  return (standards ?? []).flatMap(({ id, controls }) => {
    const framework = FRAMEWORKS.find((each) => each.id === id);
    if (framework === undefined) return misspelt(id);
    return controls
      .filter((control) => !hasControl(framework, control))
      .map((control): UnknownControl => {
        const suggestion = closest(
          control,
          framework.controls.map((each) => each.id),
        );
        return { framework: id, control, ...(suggestion === undefined ? {} : { suggestion }) };
      });
  });
}

function misspelt(id: string): readonly UnknownControl[] {
  const byShortName = FRAMEWORKS.find(({ shortName }) => shortName === id)?.id;
  const suggestion =
    byShortName ??
    closest(
      id,
      FRAMEWORKS.map((each) => each.id),
    );
  return suggestion === undefined ? [] : [{ framework: id, control: '', suggestion }];
}

/** Whether an identifier is one of the framework's: listed, or of the form that its other ones have. */
export function hasControl({ controls, otherControls }: Catalogue, control: string): boolean {
  return controls.some(({ id }) => id === control) || otherControls.test(control);
}

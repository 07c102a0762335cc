import type { ControlReference } from '../../domain/policy.ts';
import { unknownControls } from '../../evidence/report/frameworks.ts';
import type { LintObject, ObjectFinding } from './finding.ts';

/** Controls that their framework does not have, and frameworks that are misspelt. */
export function lintStandards(
  object: LintObject,
  standards: readonly ControlReference[] = [],
): readonly ObjectFinding[] {
  return standards.flatMap((standard, index) =>
    unknownControls([standard]).map(({ framework, control, suggestion }): ObjectFinding => {
      const meant = suggestion === undefined ? '' : `; ${suggestion} was probably meant`;
      const field = `spec.standards[${index}]`;
      if (control === '') {
        return {
          code: 'SL6004',
          message: `${framework} is not known${meant}`,
          object,
          field: `${field}.id`,
        };
      }
      const at = standard.controls.indexOf(control);
      const message = `${framework} has no control ${control}${meant}`;
      return { code: 'SL6004', message, object, field: `${field}.controls[${at}]` };
    }),
  );
}

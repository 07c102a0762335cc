import { cruise, type IReporterOutput, type ICruiseResult } from 'dependency-cruiser';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import configuration from '../../../.dependency-cruiser.js';

const FIXTURES = 'test/support/import-rules';

describe('the import rules', async () => {
  const outcome: IReporterOutput = await cruise([FIXTURES], {
    ...configuration.options,
    validate: true,
    ruleSet: { forbidden: configuration.forbidden },
  });
  const { violations } = (outcome.output as ICruiseResult).summary;

  it.each(configuration.forbidden.map((rule) => rule.name))('%s fires on its fixture', (name) => {
    const files = violations
      .filter((violation) => violation.rule.name === name)
      .map((violation) => basename(violation.from));
    expect(files).toContain(`breaks-${name}.ts`);
  });
});

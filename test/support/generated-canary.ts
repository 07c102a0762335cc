import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { CanarySpec } from '../../src/domain/canary.ts';
import { seededRandom } from '../../src/sandbox/story/seeded-random.ts';

interface Schema {
  type?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: { required?: string[] }[];
  additionalProperties?: Schema | boolean;
  pattern?: string;
  [extension: string]: unknown;
}

/** Share of cases in which an optional field is there. */
const PRESENT = 0.42;
const NUMBERS = [0, 1, 2, 5, 20, 50, 99, 100, 101, 65_535, 1_000_000, 0.5];
const DURATIONS = ['1s', '10s', '30s', '1m', '2m', '10sfoo'];
const TEXTS = ['', 'a', 'podinfo', '10s', 'http://hooks.example.com/x', 'x'.repeat(63), '%{'];
const MAX_DEPTH = 12;
/** Share of cases that are drawn without regard to what values mean; the others are mostly what somebody would write. */
const WILD = 0.3;

/** What is drawn where values have a meaning, by path. */
const SENSIBLE: Readonly<Record<string, readonly unknown[]>> = {
  'spec.provider': ['gatewayapi:v1', 'gatewayapi:v1beta1', 'istio', 'nginx', 'kubernetes'],
  'spec.metricsServer': ['http://prometheus.example.com:9090'],
  'spec.targetRef.apiVersion': ['apps/v1'],
  'spec.targetRef.kind': ['Deployment'],
  'spec.autoscalerRef.apiVersion': ['autoscaling/v2'],
  'spec.autoscalerRef.kind': ['HorizontalPodAutoscaler'],
  'spec.autoscalerRef.primaryScalerReplicas.minReplicas': [1, 2],
  'spec.autoscalerRef.primaryScalerReplicas.maxReplicas': [2, 5],
  'spec.ingressRef.apiVersion': ['networking.k8s.io/v1'],
  'spec.progressDeadlineSeconds': [60, 600],
  'spec.service.port': [80],
  'spec.service.targetPort': [80, 'http'],
  'spec.service.name': ['podinfo', 'web'],
  'spec.service.portName': ['http', 'grpc'],
  'spec.service.appProtocol': ['http', 'tcp'],
  'spec.service.hosts[]': ['app.example.com', 'www.example.com'],
  'spec.service.gateways[]': ['mesh'],
  'spec.service.gatewayRefs[].name': ['gateway'],
  'spec.service.gatewayRefs[].namespace': ['infra'],
  'spec.service.gatewayRefs[].group': ['gateway.networking.k8s.io'],
  'spec.service.gatewayRefs[].kind': ['Gateway'],
  'spec.analysis.interval': ['10s', '30s', '1m'],
  'spec.analysis.threshold': [1, 2, 5],
  'spec.analysis.iterations': [1, 2, 3],
  'spec.analysis.stepWeight': [5, 20, 50],
  'spec.analysis.maxWeight': [20, 50, 100],
  'spec.analysis.stepWeights[]': [10, 50, 80],
  'spec.analysis.stepWeightPromotion': [10, 50],
  'spec.analysis.primaryReadyThreshold': [50, 100],
  'spec.analysis.canaryReadyThreshold': [50, 100],
  'spec.analysis.metrics[].name': ['request-success-rate', 'request-duration'],
  'spec.analysis.metrics[].interval': ['1m'],
  'spec.analysis.metrics[].threshold': [1, 99],
  'spec.analysis.metrics[].thresholdRange.min': [0, 50],
  'spec.analysis.metrics[].thresholdRange.max': [500, 1000],
  'spec.analysis.metrics[].query': ['up'],
  'spec.analysis.metrics[].templateRef.namespace': ['shop'],
  'spec.analysis.webhooks[].url': ['http://hooks.example.com/x'],
  'spec.analysis.webhooks[].timeout': ['5s'],
  'spec.analysis.webhooks[].retries': [0, 1],
  'spec.analysis.alerts[].severity': ['info', 'warn', 'error'],
  'spec.analysis.sessionAffinity.cookieName': ['side'],
  'spec.analysis.sessionAffinity.primaryCookieName': ['other'],
};

/** Makes Canaries from the published schema: whatever it admits, and nothing else. */
export class CanaryGenerator {
  /** How often each optional field was there, and how often it could have been, by path. */
  readonly counted = new Map<string, { present: number; possible: number }>();
  readonly #random: () => number;
  readonly #spec: Schema;
  #isWild = false;

  constructor(seed: string) {
    this.#random = seededRandom(seed);
    const path = new URL('../../manifests/crds/flagger.yaml', import.meta.url);
    const text = readFileSync(path, 'utf8').split(/^---$/m);
    const crds = text.map((part) => load(part) as { spec: Crd } | undefined);
    const canaries = crds.find((crd) => crd?.spec.names.plural === 'canaries');
    const schema = canaries?.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
    if (schema === undefined) throw new Error('no schema of Canaries');
    this.#spec = schema;
  }

  /** A spec whose target has the given name. */
  spec(target: string): CanarySpec {
    this.#isWild = this.#random() < WILD;
    const spec = this.#value(this.#spec, 'spec', 0) as CanarySpec;
    return { ...spec, targetRef: { ...spec.targetRef, name: target } };
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #value(schema: Schema, path: string, depth: number): unknown {
    const sensible = this.#isWild ? undefined : SENSIBLE[path];
    if (sensible !== undefined) return this.#pick(sensible);
    if (schema.enum !== undefined) return this.#pick(schema.enum);
    if (schema['x-kubernetes-int-or-string'] === true) return this.#pick([80, 'http', 0]);
    switch (schema.type) {
      case 'object':
        return this.#object(schema, path, depth);
      case 'array':
        return Array.from({ length: Math.floor(this.#random() * 3) }, () =>
          this.#value(schema.items ?? {}, `${path}[]`, depth + 1),
        );
      case 'boolean':
        return this.#random() < 0.5;
      case 'integer':
        return this.#pick(NUMBERS.filter((each) => Number.isInteger(each) && each > 0));
      case 'number':
        return this.#pick(this.#isWild ? NUMBERS : [1, 2, 5, 20, 50]);
      default:
        if (!this.#isWild) return schema.pattern === undefined ? 'podinfo' : '10s';
        return this.#pick(schema.pattern === undefined ? TEXTS : DURATIONS);
    }
  }

  #object(schema: Schema, path: string, depth: number): unknown {
    const { properties = {}, required = [], oneOf = [] } = schema;
    const alternatives = oneOf.map((each) => each.required ?? []);
    const chosen = alternatives.length === 0 ? [] : this.#pick(alternatives);
    // Of alternatives exactly one may fit.
    const others = alternatives.flat().filter((name) => !chosen.includes(name));
    const object: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(properties)) {
      if (others.includes(name)) continue;
      const isNeeded = required.includes(name) || chosen.includes(name);
      const isThere = isNeeded || (depth < MAX_DEPTH && this.#random() < PRESENT);
      if (!isNeeded) this.#count(`${path}.${name}`, isThere);
      if (isThere) object[name] = this.#value(member, `${path}.${name}`, depth + 1);
    }
    if (typeof schema.additionalProperties === 'object' && this.#random() < PRESENT) {
      object['key'] = this.#value(schema.additionalProperties, `${path}.*`, depth + 1);
    }
    return object;
  }

  #count(path: string, isThere: boolean): void {
    const known = this.counted.get(path) ?? { present: 0, possible: 0 };
    known.possible += 1;
    if (isThere) known.present += 1;
    this.counted.set(path, known);
  }
}

interface Crd {
  names: { plural: string };
  versions: { schema: { openAPIV3Schema: Schema } }[];
}

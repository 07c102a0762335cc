import { Buffer } from 'node:buffer';
import { invalidField, type Cause } from '../api-error.ts';
import { childOf, fieldsOf, isFields, listOf, sameJson, setDefault, type Fields } from '../json.ts';
import type { ApiObject, Strategy } from '../resource.ts';
import { defaultPodSpec, podSpecProblems } from './pod-template.ts';

const nothing = (): void => undefined;
const noProblems = (): Cause[] => [];

/** A kind that is stored as it is. */
export const storedStrategy: Strategy = {
  decode: () => [],
  prepareForCreate: nothing,
  prepareForUpdate: nothing,
  validate: noProblems,
};

/** As {@link storedStrategy}, with metadata.generation counting changes of the spec. */
export const countedStrategy: Strategy = {
  ...storedStrategy,
  prepareForCreate: (object) => {
    delete object['status'];
  },
  generationOf: (object) => object['spec'],
};

export const ingressStrategy: Strategy = {
  ...countedStrategy,
  prepareForCreate: (object) => {
    object['status'] = { loadBalancer: {} };
  },
};

export const namespaceStrategy: Strategy = {
  ...storedStrategy,
  decode: (object) => {
    const labels = fieldsOf(object.metadata.labels);
    labels['kubernetes.io/metadata.name'] = object.metadata.name;
    object.metadata.labels = labels as Record<string, string>;
    return [];
  },
  prepareForCreate: (object) => {
    object['spec'] = { finalizers: ['kubernetes'] };
    object['status'] = { phase: 'Active' };
  },
};

export const podStrategy: Strategy = {
  ...storedStrategy,
  decode: (object) => {
    const spec = childOf(object, 'spec');
    defaultPodSpec(spec);
    setDefault(spec, 'serviceAccountName', 'default');
    setDefault(spec, 'enableServiceLinks', true);
    return [];
  },
  prepareForCreate: (object) => {
    object['status'] = { phase: 'Pending', qosClass: 'BestEffort' };
  },
  validate: (object) => podSpecProblems(object['spec'], 'spec'),
};

const SECRET_DATA = 'must be base64 text';

export const secretStrategy: Strategy = {
  ...storedStrategy,
  decode: (object) => {
    setDefault(object, 'type', 'Opaque');
    const plain = object['stringData'];
    if (isFields(plain)) {
      const encoded = childOf(object, 'data');
      for (const [key, value] of Object.entries(plain)) {
        encoded[key] = Buffer.from(String(value)).toString('base64');
      }
      delete object['stringData'];
    }
    return [];
  },
  validate: (object, old) => [
    ...Object.entries(fieldsOf(object['data']))
      .filter(([, value]) => typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      .map(([key]) => ({ ...invalidField(`data[${key}]`, '<secret>', SECRET_DATA) })),
    ...immutableProblems(object, old),
  ],
};

export const configMapStrategy: Strategy = {
  ...storedStrategy,
  validate: (object, old) => [
    ...Object.entries(fieldsOf(object['data']))
      .filter(([, value]) => typeof value !== 'string')
      .map(([key, value]) => invalidField(`data[${key}]`, value, 'must be a string')),
    ...immutableProblems(object, old),
  ],
};

function immutableProblems(object: ApiObject, old: ApiObject | undefined): Cause[] {
  if (old?.['immutable'] !== true) return [];
  const isSame = sameJson(object['data'], old['data']) && object['immutable'] === true;
  if (isSame) return [];
  const message = 'Forbidden: field is immutable when `immutable` is set';
  return [{ reason: 'FieldValueForbidden', message, field: 'data' }];
}

export const webhookConfigurationStrategy: Strategy = {
  ...storedStrategy,
  decode: (object) => {
    for (const webhook of listOf(object['webhooks'])) {
      if (isFields(webhook)) defaultWebhook(webhook, object.kind);
    }
    return [];
  },
  validate: (object) => listOf(object['webhooks']).flatMap(webhookProblems),
  generationOf: (object) => object['webhooks'],
};

function defaultWebhook(webhook: Fields, kind: string): void {
  setDefault(webhook, 'failurePolicy', 'Fail');
  setDefault(webhook, 'matchPolicy', 'Equivalent');
  setDefault(webhook, 'namespaceSelector', {});
  setDefault(webhook, 'objectSelector', {});
  setDefault(webhook, 'timeoutSeconds', 10);
  if (kind === 'MutatingWebhookConfiguration') setDefault(webhook, 'reinvocationPolicy', 'Never');
  for (const rule of listOf(webhook['rules'])) if (isFields(rule)) setDefault(rule, 'scope', '*');
  const service = fieldsOf(webhook['clientConfig'])['service'];
  if (isFields(service)) setDefault(service, 'port', 443);
}

function webhookProblems(entry: unknown, index: number): Cause[] {
  const webhook = fieldsOf(entry);
  const field = `webhooks[${index}]`;
  const causes: Cause[] = [];
  const { name, sideEffects, timeoutSeconds } = webhook;
  if (typeof name !== 'string' || name.split('.').length < 3) {
    const text = 'should be a domain with at least three segments separated by dots';
    causes.push(invalidField(`${field}.name`, name, text));
  }
  if (sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    const message = `Unsupported value: ${JSON.stringify(sideEffects ?? '')}: supported values: "None", "NoneOnDryRun"`;
    causes.push({ reason: 'FieldValueNotSupported', message, field: `${field}.sideEffects` });
  }
  if (typeof timeoutSeconds !== 'number' || timeoutSeconds < 1 || timeoutSeconds > 30) {
    const text = 'the timeout value must be between 1 and 30 seconds';
    causes.push(invalidField(`${field}.timeoutSeconds`, timeoutSeconds, text));
  }
  if (!listOf(webhook['admissionReviewVersions']).includes('v1')) {
    const text = 'must include at least one of v1, v1beta1';
    causes.push(
      invalidField(`${field}.admissionReviewVersions`, webhook['admissionReviewVersions'], text),
    );
  }
  const client = fieldsOf(webhook['clientConfig']);
  if ((client['url'] === undefined) === (client['service'] === undefined)) {
    const message = 'Required value: exactly one of url or service is required';
    causes.push({ reason: 'FieldValueRequired', message, field: `${field}.clientConfig` });
  }
  return causes;
}

/** Events: counters are left to the writer; the times are needed by `kubectl get events`. */
export const eventStrategy: Strategy = {
  ...storedStrategy,
  validate: (object) => {
    const regarding = fieldsOf(object['involvedObject'])['namespace'];
    const isElsewhere =
      typeof regarding === 'string' && regarding !== '' && regarding !== object.metadata.namespace;
    const text = 'does not match event.namespace';
    return isElsewhere ? [invalidField('involvedObject.namespace', regarding, text)] : [];
  },
};

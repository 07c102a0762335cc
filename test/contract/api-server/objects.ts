export function configMap(name: string, data: Record<string, string> = {}, labels = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

export function deployment(name: string, image = 'podinfo:1.0.0') {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            { name: 'app', image, env: [{ name: 'A', value: '1' }] },
            { name: 'side', image: 'side:1' },
          ],
        },
      },
    },
  };
}

/** A definition that uses what the contract is about: defaults, pruning, bounds, rules, lists, status and scale. */
export function widgetDefinition(group: string) {
  const text = { type: 'string' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
            },
          },
          additionalPrinterColumns: [
            { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
            {
              name: 'Ready',
              type: 'string',
              jsonPath: '.status.conditions[?(@.type=="Ready")].status',
            },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['size'],
                  'x-kubernetes-validations': [
                    {
                      rule: '!has(self.max) || self.size <= self.max',
                      message: 'size must not exceed max',
                    },
                  ],
                  properties: {
                    size: { type: 'integer', minimum: 1, maximum: 100 },
                    max: { type: 'integer' },
                    replicas: { type: 'integer', default: 1 },
                    mode: { ...text, enum: ['fast', 'slow'], default: 'fast' },
                    port: { 'x-kubernetes-int-or-string': true },
                    name: { ...text, pattern: '^[a-z]+$', maxLength: 8 },
                    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                    owner: {
                      ...text,
                      'x-kubernetes-validations': [
                        { rule: 'self == oldSelf', message: 'owner is immutable' },
                      ],
                    },
                    steps: {
                      type: 'array',
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: { name: text, weight: { type: 'integer', default: 10 } },
                      },
                      'x-kubernetes-list-type': 'map',
                      'x-kubernetes-list-map-keys': ['name'],
                    },
                  },
                },
                status: {
                  type: 'object',
                  properties: {
                    replicas: { type: 'integer' },
                    conditions: {
                      type: 'array',
                      items: { type: 'object', properties: { type: text, status: text } },
                    },
                  },
                },
              },
            },
          },
        },
      ],
    },
  };
}

import type { HttpRoute } from '../../../src/delivery/http-route-object.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { inTenths, SERVICE, withSpec, type RouterFixture } from './fixture.ts';

const GATEWAY: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'gateway', namespace: 'infra' },
};

/** One HTTPRoute, whichever version of it. */
export const gatewayApiFixture: RouterFixture = {
  spec: { service: { ...SERVICE, gatewayRefs: [{ name: 'gateway', namespace: 'infra' }] } },
  objects: [[RESOURCES.gateways, GATEWAY]],
  owns: true,
  canaryShare: ([route]) => {
    const backends = (route as HttpRoute | undefined)?.spec.rules?.[0]?.backendRefs;
    return backends?.find(({ name }) => name === 'app-canary')?.weight;
  },
  inTenths: (object) => inTenths('weight', object),
  tamper: (object) => withSpec(object, { hostnames: ['elsewhere.example.com'] }),
  unfit: { service: SERVICE },
  definitions: [
    {
      module: 'sigs.k8s.io/gateway-api@v1.6.1',
      path: 'config/crd/standard',
      names: ['httproutes.gateway.networking.k8s.io'],
    },
  ],
};

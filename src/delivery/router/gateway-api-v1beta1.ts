import { RESOURCES } from '../../domain/resources.ts';
import { httpRouteRouter } from '../http-route-router.ts';

const version = 'v1beta1';

/** Gateway API v1beta1, as far as Flagger drives it: no time limits, no CORS, a cookie for the canary's clients alone. */
export const router = httpRouteRouter({
  provider: 'gatewayapi:v1beta1',
  routes: { ...RESOURCES.httpRoutes, version },
  gateways: { ...RESOURCES.gateways, version },
  timeouts: false,
  cors: false,
  primaryCookie: false,
});

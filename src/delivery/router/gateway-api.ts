import { RESOURCES } from '../../domain/resources.ts';
import { httpRouteRouter } from '../http-route-router.ts';

/** Gateway API v1: one HTTPRoute with the apex's name. */
export const router = httpRouteRouter({
  provider: 'gatewayapi:v1',
  routes: RESOURCES.httpRoutes,
  gateways: RESOURCES.gateways,
  timeouts: true,
  cors: true,
  primaryCookie: true,
});

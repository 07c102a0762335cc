import type { UserInfo } from '../../domain/decision.ts';
import type { TransportRequest, TransportResponse } from '../../domain/transport.ts';

/**
 * Stands between a client and the server: answers itself, delays, changes or cuts what `next` answers. Faults (dropped
 * watches, 409, 429, 500, 503, slowness, staleness) are written as interceptors; the server knows of none.
 */
export type Interceptor = (
  request: TransportRequest,
  user: UserInfo,
  next: () => Promise<TransportResponse>,
) => Promise<TransportResponse>;

import type { UserInfo } from '../../domain/decision.ts';
import type { TransportRequest, TransportResponse } from '../../domain/transport.ts';

/**
 * Stands between a client and the server: answers itself, delays, changes or cuts what `next` answers; `next` may be
 * given another request. Faults (faults.ts) are written as interceptors; the server knows of none.
 */
export type Interceptor = (
  request: TransportRequest,
  user: UserInfo,
  next: (changed?: TransportRequest) => Promise<TransportResponse>,
) => Promise<TransportResponse>;

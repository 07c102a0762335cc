import type {
  MetricAnswer,
  MetricContext,
  MetricProvider,
  MetricSource,
} from '../../../src/delivery/metric-provider/types.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import type {
  OutboundClient,
  OutboundRequest,
  OutboundResponse,
} from '../../../src/domain/transport.ts';

/** What a server says; what is not named is a plain 200. `none`: it cannot be reached. */
export type ServerAnswer = Partial<OutboundResponse> | 'none';

/** A server for as long as one query takes; it answers 400 to what it does not know. */
export type MetricServer = (request: OutboundRequest) => ServerAnswer;

/** What a metric provider needs to be tried out. */
export interface MetricProviderFixture {
  /** With a value of at least 12 characters for every key of the Secret that it reads. */
  readonly source: MetricSource;
  readonly query: string;
  /**
   * A server on which the query has this value, undefined: none. It also answers what `probe` asks. Absent for a provider
   * that calls no server.
   */
  readonly server?: (value: number | undefined) => MetricServer;
  /** What the provider gets beside the server then, as objects of the cluster. */
  readonly context?: (value: number | undefined) => Partial<MetricContext>;
  /** Why the headers of the template do not reach its server, for a provider that takes none: one sentence. */
  readonly ignoresHeaders?: string;
}

/** Milliseconds that a query may take here. */
export const TIMEOUT_MS = 5000;

/** A query or probe, what it came to, and what was asked for it. */
export interface Asked {
  readonly answer: MetricAnswer;
  readonly requests: readonly OutboundRequest[];
}

export interface Asking {
  readonly source?: MetricSource;
  readonly query?: string;
  readonly probe?: boolean;
  readonly context?: Partial<MetricContext>;
}

/** Asks a provider that meets this server. */
export async function asked(
  provider: MetricProvider,
  fixture: MetricProviderFixture,
  server: MetricServer,
  { source = fixture.source, query = fixture.query, probe = false, context = {} }: Asking = {},
): Promise<Asked> {
  const requests: OutboundRequest[] = [];
  const outbound: OutboundClient = (request) => {
    requests.push(request);
    const answer = server(request);
    if (answer === 'none') {
      return Promise.reject(new SluiceError('SLUICE_PROVIDER', 'connection refused'));
    }
    return Promise.resolve({ status: 200, headers: {}, body: '', truncated: false, ...answer });
  };
  const whole = { ...contextWith(outbound), ...context };
  const answer = probe
    ? await provider.probe(source, whole)
    : await provider.query(source, query, whole);
  return { answer, requests };
}

function contextWith(outbound: OutboundClient): MetricContext {
  return { outbound, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal };
}

/** What nobody asked for. */
export const UNKNOWN_REQUEST: ServerAnswer = { status: 400, body: 'no such request' };

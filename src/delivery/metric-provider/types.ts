import type { OutboundClient } from '../../domain/transport.ts';
import type { PluginDocs } from '../plugin-docs.ts';

/** A metric server and how to talk to it. `secret` holds decoded values; they go into headers only. */
export interface MetricSource {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
  readonly insecureSkipVerify: boolean;
}

export interface MetricContext {
  readonly outbound: OutboundClient;
  /** Milliseconds for one query. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a metric server said. `noData`: it answered that it has no value; `error`: no usable answer. */
export type MetricAnswer =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'noData'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

/** One kind of metric server. Never rejects: a failure is an answer of kind `error`. */
export interface MetricProvider {
  /** `spec.provider.type` of a MetricTemplate. */
  readonly type: string;
  readonly capabilities: { readonly builtinQueries: boolean };
  /** For the generated reference. */
  readonly docs?: PluginDocs;
  query(source: MetricSource, query: string, context: MetricContext): Promise<MetricAnswer>;
  /** Whether it answers at all. */
  probe(source: MetricSource, context: MetricContext): Promise<MetricAnswer>;
}

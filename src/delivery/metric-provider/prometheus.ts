import { STATUS_CODES } from 'node:http';
import { SluiceError } from '../../domain/errors.ts';
import type { OutboundResponse } from '../../domain/transport.ts';
import type { MetricAnswer, MetricContext, MetricProvider, MetricSource } from './types.ts';

const MAX_BYTES = 1 << 20;
/** What is repeated of an error, characters. */
const MAX_ERROR_TEXT = 256;

/** Prometheus' HTTP API, instant queries. The last series' value counts, as in Flagger; NaN is no value. */
export const metricProvider: MetricProvider = {
  type: 'prometheus',
  capabilities: { builtinQueries: true },
  docs: {
    summary: 'Prometheus’ HTTP API, or a server that speaks it: an instant query.',
    prerequisites: [
      'A server that the controller can reach and the rules for outbound calls allow.',
      'Where it asks for credentials, a Secret with `token` (a bearer token), or `username` and `password`.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: error-rate, namespace: shop }
spec:
  provider:
    type: prometheus
    address: http://prometheus.monitoring:9090
    secretRef: { name: prometheus-login }
  query: |
    sum(rate(http_requests_total{namespace="{{ namespace }}",service="{{ target }}-canary",code=~"5.."}[{{ interval }}]))
    /
    sum(rate(http_requests_total{namespace="{{ namespace }}",service="{{ target }}-canary"}[{{ interval }}]))
    * 100
---
apiVersion: v1
kind: Secret
metadata: { name: prometheus-login, namespace: shop }
stringData: { token: replace-me }`,
    notes: [
      'Of several series the last one’s value counts, as in Flagger; NaN and no series are no data.',
      'White space of the query is collapsed before it is sent.',
    ],
  },
  query,
  probe: async (source, context) => {
    const answer = await query(source, 'vector(1)', context);
    if (answer.kind !== 'value' || answer.value === 1) return answer;
    return { kind: 'error', message: 'Prometheus answers vector(1) with another value' };
  },
};

async function query(
  source: MetricSource,
  text: string,
  context: MetricContext,
): Promise<MetricAnswer> {
  const collapsed = text.replace(/\s+/g, ' ').trim();
  const base = source.address.replace(/\/+$/, '');
  try {
    const response = await context.outbound({
      method: 'GET',
      url: `${base}/api/v1/query?query=${encodeURIComponent(collapsed)}`,
      headers: { ...source.headers, ...authorization(source.secret) },
      timeoutMs: context.timeoutMs,
      maxBytes: MAX_BYTES,
      insecureSkipVerify: source.insecureSkipVerify,
      signal: context.signal,
    });
    return read(response);
  } catch (error) {
    const reason = error instanceof SluiceError ? error.message : 'no answer';
    return failed(reason);
  }
}

function authorization(secret: Readonly<Record<string, string>>): Record<string, string> {
  const { token, username, password } = secret;
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined || password === undefined) return {};
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}

function read(response: OutboundResponse): MetricAnswer {
  if (response.status >= 400) return failed(errorResponse(response));
  if (response.truncated) return failed(`the answer is larger than ${MAX_BYTES} bytes`);
  let body: unknown;
  try {
    body = JSON.parse(response.body);
  } catch {
    return failed('the answer is not JSON');
  }
  const result = at(at(body, 'data'), 'result');
  if (!Array.isArray(result)) return failed('the answer has no data.result');
  const last: unknown = result.at(-1);
  if (last === undefined) return { kind: 'noData', message: 'no values found' };
  // A scalar result is the pair itself, a vector holds series with one pair each.
  if (at(last, 'values') !== undefined)
    return failed('the query returns a range, one value is needed');
  const pair = at(last, 'value') ?? result;
  return valueOf(Array.isArray(pair) ? (pair as unknown[])[1] : undefined);
}

/** Of the body only Prometheus' own error is repeated: anything else comes from who knows where. */
function errorResponse({ status, body }: OutboundResponse): string {
  const line = `error response: Status ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  try {
    const answer: unknown = JSON.parse(body);
    const [errorType, error] = [at(answer, 'errorType'), at(answer, 'error')];
    const isOwn = at(answer, 'status') === 'error' && typeof errorType === 'string';
    if (!isOwn || typeof error !== 'string') return line;
    const told = { status: 'error', errorType, error: error.slice(0, MAX_ERROR_TEXT) };
    return `${line}: ${JSON.stringify(told)}`;
  } catch {
    return line;
  }
}

function valueOf(text: unknown): MetricAnswer {
  if (typeof text !== 'string') return failed('the answer has no value');
  const value =
    text === '+Inf' || text === 'Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
  if (Number.isNaN(value)) return { kind: 'noData', message: 'no values found' };
  if (!Number.isFinite(value)) return { kind: 'noData', message: 'the value is infinite' };
  return { kind: 'value', value };
}

function failed(message: string): MetricAnswer {
  return { kind: 'error', message };
}

function at(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  return (value as Record<string, unknown>)[name];
}

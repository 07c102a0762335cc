import type { Clock } from '../../domain/clock.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { NetworkAnswer, NetworkHandler, NetworkRequest } from '../network.ts';
import { evaluateQuery } from './evaluate-query.ts';
import { parseQuery } from './parse-query.ts';
import type { SampleStore } from './sample-store.ts';

/**
 * A Prometheus as far as a canary analysis needs one: `GET` or `POST /api/v1/query`, answered from what the sandbox's
 * pods really measured. A query outside the supported part is a `bad_data` error that says so, never a made-up number.
 */
export function createMetricServer(samples: SampleStore, clock: Clock): NetworkHandler {
  return (request) => Promise.resolve(answer(request, samples, clock));
}

function answer(request: NetworkRequest, samples: SampleStore, clock: Clock): NetworkAnswer {
  const [path, parameters = ''] = request.path.split('?', 2);
  if (path !== '/api/v1/query') {
    return failure(404, 'not_found', 'only /api/v1/query exists here');
  }
  const source = request.method === 'POST' && request.body ? request.body : parameters;
  const query = new URLSearchParams(source).get('query');
  if (query === null) return failure(400, 'bad_data', 'parameter query is missing');
  try {
    const value = evaluateQuery(parseQuery(query), samples);
    const at = clock.now() / 1000;
    const result = value === undefined ? [] : [{ metric: {}, value: [at, numberText(value)] }];
    return json(200, { status: 'success', data: { resultType: 'vector', result } });
  } catch (error) {
    if (error instanceof SluiceError) return failure(400, 'bad_data', error.message);
    throw error;
  }
}

function failure(status: number, errorType: string, error: string): NetworkAnswer {
  return json(status, { status: 'error', errorType, error });
}

function json(status: number, body: unknown): NetworkAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

import express, { type Express } from 'express';
import { stringifyLosslessJson } from '../../lib/lossless-json.ts';
import type { GateDoor } from './gate-door.ts';

const PATH = '/gates/:gate/:token';
const JSON_TYPE = 'application/json';

/**
 * Serves the gates: `POST /gates/<gate>/<token>` with the payload of a hook.
 * @param door undefined: not there yet, answered 503
 * @param limit bytes of a body
 */
export function mountGates(
  application: Express,
  door: () => GateDoor | undefined,
  limit: number,
): void {
  application.post(PATH, express.text({ type: JSON_TYPE, limit }), (request, response) => {
    if (request.is(JSON_TYPE) === false) {
      response.status(415).json({ error: `the content type must be ${JSON_TYPE}` });
      return;
    }
    const ask = door();
    if (ask === undefined) {
      response.status(503).json({ error: 'not ready' });
      return;
    }
    const { gate = '', token = '' } = request.params as Readonly<Record<string, string>>;
    const body = typeof request.body === 'string' ? request.body : '';
    const answer = ask({ gate, token, body });
    response.status(answer.status).type(JSON_TYPE).send(stringifyLosslessJson(answer.body));
  });
  application.all(PATH, (_request, response) => {
    response.status(405).set('allow', 'POST').json({ error: 'method not allowed' });
  });
}

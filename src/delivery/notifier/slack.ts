import { slackPayload } from './shared.ts';
import type { Notifier } from './types.ts';

/** Slack's incoming webhooks; with a token also `chat.postMessage`. */
export const notifier: Notifier = {
  type: 'slack',
  capabilities: { token: true, channel: true },
  address: (configured) => configured,
  payload: (message, sender) => slackPayload(message, sender, { good: 'good', bad: 'danger' }),
  // Methods of Slack's Web API answer 200 also when they fail, with `ok: false` and a word that says why.
  refusal: (body) => {
    if (!/^\s*\{[^{}]*"ok"\s*:\s*false/.test(body)) return undefined;
    const code = /"error"\s*:\s*"([a-z_]{1,64})"/.exec(body)?.[1];
    return code === undefined ? 'Slack refused it' : `Slack refused it: ${code}`;
  },
};
